WORDS = {
    "en": {
        "off": "Light and sound are off.",
        "locked": "The doors are locked.",
        "shared": "Somebody else is at home, so light and sound stay as they are.",
        "unlocked": "Not seen to be locked: {}.",
        "open": "Open: {}.",
        "shut": "Nothing stands open.",
    },
    "de": {
        "off": "Licht und Ton sind aus.",
        "locked": "Die Türen sind abgeschlossen.",
        "shared": "Es ist noch jemand zu Hause, Licht und Ton bleiben, wie sie sind.",
        "unlocked": "Nicht sicher abgeschlossen: {}.",
        "open": "Offen: {}.",
        "shut": "Nichts steht offen.",
    },
    "fr": {
        "off": "La lumière et le son sont coupés.",
        "locked": "Les portes sont verrouillées.",
        "shared": "Il y a encore quelqu'un à la maison, la lumière et le son restent ainsi.",
        "unlocked": "Pas sûr d'être verrouillé : {}.",
        "open": "Ouvert : {}.",
        "shut": "Rien n'est ouvert.",
    },
    "nl": {
        "off": "Licht en geluid zijn uit.",
        "locked": "De deuren zijn op slot.",
        "shared": "Er is nog iemand thuis, licht en geluid blijven zoals ze zijn.",
        "unlocked": "Niet zeker op slot: {}.",
        "open": "Open: {}.",
        "shut": "Er staat niets open.",
    },
    "zh": {
        "off": "灯和声音已关闭。",
        "locked": "门已上锁。",
        "shared": "家里还有人，灯和声音保持不变。",
        "unlocked": "不确定是否上锁：{}。",
        "open": "没有关：{}。",
        "shut": "没有开着的门窗。",
    },
}[language]

TURN_OFF = 256  # of a media player's features
MOST = 200  # things of one call
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
    await call("light.turn_off", lights[:MOST])
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
locks = find(domain="lock")
loose = [each for each in locks if state(each) not in ("locked", "locking")]
ajar = sensors + [each for each in gates if state(each) in ("open", "opening")]
shining = find(domain="light", state="on") + find(domain="media_player", state="playing")
said = [WORDS["shared"]] if shared else []
if not shared and all(each in critical for each in shining):
    said.append(WORDS["off"])
if loose:
    said.append(WORDS["unlocked"].format(", ".join(loose)))
elif locks and all(state(each) == "locked" for each in locks):
    said.append(WORDS["locked"])
said.append(WORDS["open"].format(", ".join(ajar)) if ajar else WORDS["shut"])
" ".join(said)
