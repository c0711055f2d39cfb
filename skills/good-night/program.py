WORDS = {
    "en": {
        "night": "Good night.",
        "off": "Off: {}.",
        "on": "Still on: {}.",
        "shut": "Closing: {}.",
        "locked": "Locked: {}.",
        "unlocked": "Not seen to be locked: {}.",
        "open": "Still open: {}.",
    },
    "de": {
        "night": "Gute Nacht.",
        "off": "Aus: {}.",
        "on": "Noch an: {}.",
        "shut": "Schließt: {}.",
        "locked": "Abgeschlossen: {}.",
        "unlocked": "Nicht sicher abgeschlossen: {}.",
        "open": "Noch offen: {}.",
    },
    "fr": {
        "night": "Bonne nuit.",
        "off": "Éteint : {}.",
        "on": "Encore allumé : {}.",
        "shut": "Se ferme : {}.",
        "locked": "Verrouillé : {}.",
        "unlocked": "Pas sûr d'être verrouillé : {}.",
        "open": "Encore ouvert : {}.",
    },
    "nl": {
        "night": "Welterusten.",
        "off": "Uit: {}.",
        "on": "Nog aan: {}.",
        "shut": "Gaat dicht: {}.",
        "locked": "Op slot: {}.",
        "unlocked": "Niet zeker op slot: {}.",
        "open": "Nog open: {}.",
    },
    "zh": {
        "night": "晚安。",
        "off": "已关闭：{}。",
        "on": "仍然开着：{}。",
        "shut": "正在关闭：{}。",
        "locked": "已上锁：{}。",
        "unlocked": "不确定是否上锁：{}。",
        "open": "还没有关：{}。",
    },
}[language]

CLOSE, TURN_OFF = 2, 256  # of the features of a cover and of a media player
kept = find(label="night") + find(label="critical")


def able(one, bit):
    return one not in kept and bool((state(one, "supported_features") or 0) & bit)


lights = [one for one in find(domain="light", state="on") if one not in kept]
players = [
    one
    for now in ("on", "playing", "paused", "buffering")
    for one in find(domain="media_player", state=now)
    if able(one, TURN_OFF)
]
covers = [
    one
    for kind in ("blind", "curtain", "shade", "shutter")
    for one in find(device_class=kind)
    if state(one) in ("open", "opening") and able(one, CLOSE)
]
doors = [one for one in find(domain="lock") if state(one) in ("unlocked", "unlocking", "open", "opening")]
if doors:
    await call("lock.lock", doors)
if players:
    await call("media_player.turn_off", players)
if lights:
    await call("light.turn_off", lights)
if covers:  # last: they take longest
    await call("cover.close_cover", covers)

off = [each for each in lights + players if state(each) in ("off", "standby")]
shut = [each for each in covers if state(each) in ("closed", "closing")]
locked = [each for each in find(domain="lock") if state(each) == "locked"]
told = {
    "off": off,
    "on": [each for each in lights + players if each not in off],
    "shut": shut,
    "locked": [each for each in doors if each in locked],
    "unlocked": [each for each in find(domain="lock") if each not in locked],
    "open": [each for each in covers if each not in shut]
    + [
        each
        for kind in ("window", "door", "garage_door")
        for each in find(domain="binary_sensor", device_class=kind, state="on")
    ]
    + [
        each
        for kind in ("garage", "gate", "door")
        for each in find(domain="cover", device_class=kind)
        if state(each) in ("open", "opening")
    ],
}
" ".join([WORDS["night"]] + [WORDS[name].format(", ".join(things)) for name, things in told.items() if things])
