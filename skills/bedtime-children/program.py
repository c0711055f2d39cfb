WORDS = {
    "en": {
        "night": "Sleep well.",
        "dim": "Dimmed: {}.",
        "off": "Off: {}.",
        "bright": "Still on: {}.",
        "shut": "Closing: {}.",
        "open": "Still open: {}.",
    },
    "de": {
        "night": "Schlaft gut.",
        "dim": "Gedimmt: {}.",
        "off": "Aus: {}.",
        "bright": "Noch an: {}.",
        "shut": "Schließt: {}.",
        "open": "Noch offen: {}.",
    },
    "fr": {
        "night": "Dormez bien.",
        "dim": "Tamisé : {}.",
        "off": "Éteint : {}.",
        "bright": "Encore allumé : {}.",
        "shut": "Se ferme : {}.",
        "open": "Encore ouvert : {}.",
    },
    "nl": {
        "night": "Slaap lekker.",
        "dim": "Gedimd: {}.",
        "off": "Uit: {}.",
        "bright": "Nog aan: {}.",
        "shut": "Gaat dicht: {}.",
        "open": "Nog open: {}.",
    },
    "zh": {
        "night": "睡个好觉。",
        "dim": "已调暗：{}。",
        "off": "已关闭：{}。",
        "bright": "仍然开着：{}。",
        "shut": "正在关闭：{}。",
        "open": "还没有关：{}。",
    },
}[language]

CLOSE, TURN_OFF = 2, 256  # of the features of a cover and of a media player
level = max(1, round(2.55 * brightness))  # as a light tells it


def able(one, bit):
    return bool((state(one, "supported_features") or 0) & bit)


def dim(one):
    return state(one) == "off" or abs((state(one, "brightness") or 0) - level) <= 3


lamps = find(domain="light", area=area, state="on")
dimmable = [one for one in lamps if (state(one, "supported_color_modes") or ["onoff"]) != ["onoff"]]
bright = [one for one in dimmable if not dim(one)]
plain = [one for one in lamps if one not in dimmable]
players = [
    one
    for now in ("on", "playing", "paused", "buffering")
    for one in find(domain="media_player", area=area, state=now)
    if able(one, TURN_OFF)
]
covers = [
    one
    for kind in ("blind", "curtain", "shade", "shutter")
    for one in find(area=area, device_class=kind)
    if state(one) in ("open", "opening") and able(one, CLOSE)
]
if players:
    await call("media_player.turn_off", players)
if bright:
    await call("light.turn_on", bright, brightness_pct=brightness)
if plain:
    await call("light.turn_off", plain)
if covers:  # last: they take longest
    await call("cover.close_cover", covers)

low = [each for each in bright if dim(each)]
off = [each for each in plain + players if state(each) in ("off", "standby")]
shut = [each for each in covers if state(each) in ("closed", "closing")]
told = {
    "dim": low,
    "off": off,
    "bright": [each for each in bright + plain + players if each not in low + off],
    "shut": shut,
    "open": [each for each in covers if each not in shut],
}
" ".join([WORDS["night"]] + [WORDS[name].format(", ".join(things)) for name, things in told.items() if things])
