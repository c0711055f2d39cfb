WORDS = {
    "en": {
        "shared": "Somebody else is at home, so light and sound stay as they are.",
        "unlocked": "Not seen to be locked: {}.",
        "open": "Open: {}.",
        "well": "Everything is closed and locked.",
    },
    "de": {
        "shared": "Es ist noch jemand zu Hause, Licht und Ton bleiben, wie sie sind.",
        "unlocked": "Nicht sicher abgeschlossen: {}.",
        "open": "Offen: {}.",
        "well": "Alles ist zu und abgeschlossen.",
    },
    "fr": {
        "shared": "Il y a encore quelqu'un à la maison, la lumière et le son restent ainsi.",
        "unlocked": "Pas sûr d'être verrouillé : {}.",
        "open": "Ouvert : {}.",
        "well": "Tout est fermé et verrouillé.",
    },
    "nl": {
        "shared": "Er is nog iemand thuis, licht en geluid blijven zoals ze zijn.",
        "unlocked": "Niet zeker op slot: {}.",
        "open": "Open: {}.",
        "well": "Alles is dicht en op slot.",
    },
    "zh": {
        "shared": "家里还有人，灯和声音保持不变。",
        "unlocked": "不确定是否上锁：{}。",
        "open": "没有关：{}。",
        "well": "全部已关好并上锁。",
    },
}[language]

TURN_OFF = 256  # of a media player's features
critical = find(label="critical")
shared = len(find(domain="person", state="home")) > 1

lights = [one for one in find(domain="light", state="on") if one not in critical]
players = [
    one
    for now in ("on", "playing", "paused", "buffering")
    for one in find(domain="media_player", state=now)
    if one not in critical and (state(one, "supported_features") or 0) & TURN_OFF
]
doors = [one for one in find(domain="lock") if state(one) in ("unlocked", "unlocking", "open", "opening")]
if lights and not shared:
    await call("light.turn_off", lights)
if players and not shared:
    await call("media_player.turn_off", players)
if doors:
    await call("lock.lock", doors)

sensors = [
    each
    for kind in ("window", "door", "garage_door", "opening")
    for each in find(domain="binary_sensor", device_class=kind, state="on")
]
gates = [each for kind in ("garage", "gate", "door", "window") for each in find(domain="cover", device_class=kind)]
told = {
    "unlocked": [each for each in find(domain="lock") if state(each) not in ("locked", "locking")],
    "open": sensors + [each for each in gates if state(each) in ("open", "opening")],
}
said = [WORDS["shared"]] if shared else []
said += [WORDS[name].format(", ".join(things)) for name, things in told.items() if things]
" ".join(said or [WORDS["well"]])
