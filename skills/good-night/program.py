WORDS = {
    "en": {
        "night": "Good night.",
        "locked": "The doors are locked.",
        "unlocked": "Not seen to be locked: {}.",
        "open": "Still open: {}.",
    },
    "de": {
        "night": "Gute Nacht.",
        "locked": "Die Türen sind abgeschlossen.",
        "unlocked": "Nicht sicher abgeschlossen: {}.",
        "open": "Noch offen: {}.",
    },
    "fr": {
        "night": "Bonne nuit.",
        "locked": "Les portes sont verrouillées.",
        "unlocked": "Pas sûr d'être verrouillé : {}.",
        "open": "Encore ouvert : {}.",
    },
    "nl": {
        "night": "Welterusten.",
        "locked": "De deuren zijn op slot.",
        "unlocked": "Niet zeker op slot: {}.",
        "open": "Nog open: {}.",
    },
    "zh": {
        "night": "晚安。",
        "locked": "门已上锁。",
        "unlocked": "不确定是否上锁：{}。",
        "open": "还没有关：{}。",
    },
}[language]

CLOSE, TURN_OFF = 2, 256  # of the features of a cover and of a media player
MOST = 200  # things of one call
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
    await call("light.turn_off", lights[:MOST])
if covers:  # last: they take longest
    await call("cover.close_cover", covers)

sensors = [
    each
    for kind in ("window", "door", "garage_door", "opening")
    for each in find(domain="binary_sensor", device_class=kind, state="on")
]
gates = [each for kind in ("garage", "gate", "door", "window") for each in find(domain="cover", device_class=kind)]
locks = find(domain="lock")
loose = [each for each in locks if state(each) not in ("locked", "locking")]
ajar = sensors + [each for each in gates if state(each) in ("open", "opening")]
said = [WORDS["night"]]
if loose:
    said.append(WORDS["unlocked"].format(", ".join(loose)))
elif locks and all(state(each) == "locked" for each in locks):
    said.append(WORDS["locked"])
if ajar:
    said.append(WORDS["open"].format(", ".join(ajar)))
" ".join(said)
