WORDS = {
    "en": {
        "home": "At home: {}.",
        "nobody": "Nobody is at home.",
        "open": "Open: {}.",
        "unlocked": "Not seen to be locked: {}.",
        "alarm": "Look here first: {}.",
        "on": "On: {}.",
        "gone": "Does not answer: {}.",
        "well": "All is closed and locked.",
    },
    "de": {
        "home": "Zu Hause: {}.",
        "nobody": "Niemand ist zu Hause.",
        "open": "Offen: {}.",
        "unlocked": "Nicht sicher abgeschlossen: {}.",
        "alarm": "Bitte zuerst hier nachsehen: {}.",
        "on": "An: {}.",
        "gone": "Antwortet nicht: {}.",
        "well": "Alles ist zu und abgeschlossen.",
    },
    "fr": {
        "home": "À la maison : {}.",
        "nobody": "Personne n'est à la maison.",
        "open": "Ouvert : {}.",
        "unlocked": "Pas sûr d'être verrouillé : {}.",
        "alarm": "À voir d'abord : {}.",
        "on": "Allumé : {}.",
        "gone": "Ne répond pas : {}.",
        "well": "Tout est fermé et verrouillé.",
    },
    "nl": {
        "home": "Thuis: {}.",
        "nobody": "Er is niemand thuis.",
        "open": "Open: {}.",
        "unlocked": "Niet zeker op slot: {}.",
        "alarm": "Kijk hier eerst: {}.",
        "on": "Aan: {}.",
        "gone": "Antwoordt niet: {}.",
        "well": "Alles is dicht en op slot.",
    },
    "zh": {
        "home": "在家：{}。",
        "nobody": "没有人在家。",
        "open": "没有关：{}。",
        "unlocked": "不确定是否上锁：{}。",
        "alarm": "请先看这里：{}。",
        "on": "开着：{}。",
        "gone": "没有回应：{}。",
        "well": "全部已关好并上锁。",
    },
}[language]

people = find(domain="person")
sensors = [
    each
    for kind in ("window", "door", "garage_door", "opening")
    for each in find(domain="binary_sensor", device_class=kind)
]
gates = [each for kind in ("garage", "gate", "door", "window") for each in find(domain="cover", device_class=kind)]
locks = find(domain="lock")
tripped = find(domain="binary_sensor", state="on")
silent = find(state="unavailable") + find(state="unknown")
gone = [each for each in sensors + gates + locks if each in silent]
ajar = [each for each in sensors if each in tripped]
ajar += [each for each in gates if state(each) in ("open", "opening")]
loose = [each for each in locks if state(each) in ("unlocked", "unlocking", "open", "opening", "jammed")]
home = find(domain="person", state="home")
told = {
    "alarm": [
        each
        for kind in ("smoke", "gas", "carbon_monoxide", "moisture", "tamper")
        for each in find(domain="binary_sensor", device_class=kind, state="on")
    ],
    "home": home,
    "open": ajar,
    "unlocked": loose,
    "gone": gone,
    "on": find(domain="light", state="on"),
}
said = [WORDS[name].format(", ".join(things)) for name, things in told.items() if things]
if people and not home and not [each for each in people if each in silent]:
    said.append(WORDS["nobody"])
if not (ajar or loose or gone):
    said.append(WORDS["well"])
" ".join(said)
