WORDS = {
    "en": {
        "off": "Off: {}.",
        "on": "Still on: {}.",
        "locked": "Locked: {}.",
        "unlocked": "Not seen to be locked: {}.",
        "open": "Open: {}.",
        "shared": "Somebody else is at home, so light and sound stay as they are.",
        "well": "Everything is off, closed and locked.",
    },
    "de": {
        "off": "Aus: {}.",
        "on": "Noch an: {}.",
        "locked": "Abgeschlossen: {}.",
        "unlocked": "Nicht sicher abgeschlossen: {}.",
        "open": "Offen: {}.",
        "shared": "Es ist noch jemand zu Hause, Licht und Ton bleiben, wie sie sind.",
        "well": "Alles ist aus, zu und abgeschlossen.",
    },
    "fr": {
        "off": "Éteint : {}.",
        "on": "Encore allumé : {}.",
        "locked": "Verrouillé : {}.",
        "unlocked": "Pas sûr d'être verrouillé : {}.",
        "open": "Ouvert : {}.",
        "shared": "Il y a encore quelqu'un à la maison, la lumière et le son restent ainsi.",
        "well": "Tout est éteint, fermé et verrouillé.",
    },
    "nl": {
        "off": "Uit: {}.",
        "on": "Nog aan: {}.",
        "locked": "Op slot: {}.",
        "unlocked": "Niet zeker op slot: {}.",
        "open": "Open: {}.",
        "shared": "Er is nog iemand thuis, licht en geluid blijven zoals ze zijn.",
        "well": "Alles is uit, dicht en op slot.",
    },
    "zh": {
        "off": "已关闭：{}。",
        "on": "仍然开着：{}。",
        "locked": "已上锁：{}。",
        "unlocked": "不确定是否上锁：{}。",
        "open": "没有关：{}。",
        "shared": "家里还有人，灯和声音保持不变。",
        "well": "全部已关好并上锁。",
    },
}[language]

TURN_OFF = 256  # of a media player's features
critical = find(label="critical")
shared = len(find(domain="person", state="home")) > 1


def lit():
    return [one for one in find(domain="light", state="on") if one not in critical]


def heard():
    found = [one for now in ("on", "playing", "paused", "buffering") for one in find(domain="media_player", state=now)]
    return [one for one in found if one not in critical and (state(one, "supported_features") or 0) & TURN_OFF]


def ajar():
    found = [
        each
        for kind in ("window", "door", "garage_door", "opening")
        for each in find(domain="binary_sensor", device_class=kind, state="on")
    ]
    covers = [each for kind in ("garage", "gate", "door", "window") for each in find(domain="cover", device_class=kind)]
    return found + [each for each in covers if state(each) in ("open", "opening")]


lights = [] if shared else lit()
players = [] if shared else heard()
doors = [one for one in find(domain="lock") if state(one) in ("unlocked", "unlocking", "open", "opening")]
if lights:
    await call("light.turn_off", lights)
if players:
    await call("media_player.turn_off", players)
if doors:
    await call("lock.lock", doors)

off = [each for each in lights + players if state(each) in ("off", "standby")]
locked = [each for each in find(domain="lock") if state(each) == "locked"]
told = {
    "off": off,
    "on": [each for each in lights + players if each not in off],
    "locked": [each for each in doors if each in locked],
    "unlocked": [each for each in find(domain="lock") if each not in locked],
    "open": ajar(),
}
said = [WORDS[name].format(", ".join(things)) for name, things in told.items() if things]
" ".join([WORDS["shared"]] + said if shared else said or [WORDS["well"]])
