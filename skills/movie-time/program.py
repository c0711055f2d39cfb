WORDS = {
    "en": {
        "ready": "Ready for the film.",
        "dim": "Dimmed: {}.",
        "off": "Off: {}.",
        "bright": "Still bright: {}.",
        "shut": "Closing: {}.",
        "open": "Still open: {}.",
        "tv": "On: {}.",
        "no": "Not on: {}.",
    },
    "de": {
        "ready": "Bereit für den Film.",
        "dim": "Gedimmt: {}.",
        "off": "Aus: {}.",
        "bright": "Noch hell: {}.",
        "shut": "Schließt: {}.",
        "open": "Noch offen: {}.",
        "tv": "An: {}.",
        "no": "Nicht an: {}.",
    },
    "fr": {
        "ready": "Prêt pour le film.",
        "dim": "Tamisé : {}.",
        "off": "Éteint : {}.",
        "bright": "Encore allumé : {}.",
        "shut": "Se ferme : {}.",
        "open": "Encore ouvert : {}.",
        "tv": "Allumé : {}.",
        "no": "Pas allumé : {}.",
    },
    "nl": {
        "ready": "Klaar voor de film.",
        "dim": "Gedimd: {}.",
        "off": "Uit: {}.",
        "bright": "Nog aan: {}.",
        "shut": "Gaat dicht: {}.",
        "open": "Nog open: {}.",
        "tv": "Aan: {}.",
        "no": "Niet aan: {}.",
    },
    "zh": {
        "ready": "可以看电影了。",
        "dim": "已调暗：{}。",
        "off": "已关闭：{}。",
        "bright": "仍然亮着：{}。",
        "shut": "正在关闭：{}。",
        "open": "还没有关：{}。",
        "tv": "已打开：{}。",
        "no": "没有打开：{}。",
    },
}[language]

CLOSE, TURN_ON = 2, 128  # of the features of a cover and of a media player
level = max(1, round(2.55 * brightness))  # as a light tells it


def able(one, bit):
    return bool((state(one, "supported_features") or 0) & bit)


def dim(one):
    return state(one) == "off" or abs((state(one, "brightness") or 0) - level) <= 3


lamps = find(domain="light", area=area, state="on")
dimmable = [one for one in lamps if (state(one, "supported_color_modes") or ["onoff"]) != ["onoff"]]
bright = [one for one in dimmable if not dim(one)]
plain = [one for one in lamps if one not in dimmable]
covers = [
    one
    for kind in ("blind", "curtain", "shade", "shutter")
    for one in find(area=area, device_class=kind)
    if state(one) in ("open", "opening") and able(one, CLOSE)
]
screens = [
    one for now in ("off", "standby") for one in find(area=area, device_class="tv", state=now) if able(one, TURN_ON)
]
if screens:
    await call("media_player.turn_on", screens)
if bright:
    await call("light.turn_on", bright, brightness_pct=brightness)
if plain:
    await call("light.turn_off", plain)
if covers:  # last: they take longest
    await call("cover.close_cover", covers)

low = [each for each in bright if dim(each)]
off = [each for each in plain if state(each) == "off"]
shut = [each for each in covers if state(each) in ("closed", "closing")]
on = [each for each in screens if state(each) not in ("off", "standby", "unavailable", "unknown")]
told = {
    "dim": low,
    "off": off,
    "bright": [each for each in bright + plain if each not in low + off],
    "shut": shut,
    "open": [each for each in covers if each not in shut],
    "tv": on,
    "no": [each for each in screens if each not in on],
}
" ".join([WORDS["ready"]] + [WORDS[name].format(", ".join(things)) for name, things in told.items() if things])
