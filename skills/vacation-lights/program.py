from datetime import datetime

WORDS = {
    "en": {
        "on": "On for this hour: {}.",
        "off": "Off: {}.",
        "day": "It is not evening: no lights.",
        "dark": "No lights for this hour.",
        "no": "Did not answer: {}.",
    },
    "de": {
        "on": "An für diese Stunde: {}.",
        "off": "Aus: {}.",
        "day": "Es ist nicht Abend: kein Licht.",
        "dark": "Kein Licht für diese Stunde.",
        "no": "Hat nicht geantwortet: {}.",
    },
    "fr": {
        "on": "Allumé pour cette heure : {}.",
        "off": "Éteint : {}.",
        "day": "Ce n'est pas le soir : pas de lumière.",
        "dark": "Pas de lumière pour cette heure.",
        "no": "N'a pas répondu : {}.",
    },
    "nl": {
        "on": "Aan voor dit uur: {}.",
        "off": "Uit: {}.",
        "day": "Het is geen avond: geen licht.",
        "dark": "Geen licht voor dit uur.",
        "no": "Antwoordde niet: {}.",
    },
    "zh": {
        "on": "这一小时打开：{}。",
        "off": "已关闭：{}。",
        "day": "现在不是晚上：不开灯。",
        "dark": "这一小时不开灯。",
        "no": "没有回应：{}。",
    },
}[language]

now = datetime.now()
try:
    day = state("sun.sun") == "above_horizon"
except LookupError:  # a house without a sun: by the clock alone
    day = False
evening = 16 <= now.hour < 23 and not day
lamps = [one for one in find(domain="light") if state(one) in ("on", "off") and state(one, "area") is not None]
rooms = sorted({state(one, "area") for one in lamps})
chosen = []
if evening and rooms:  # other rooms each hour and each day, the same within the hour
    first = ((now.month * 31 + now.day) * 5 + now.hour * 3) % len(rooms)
    turn = [rooms[(first + at) % len(rooms)] for at in range(min(how_many, len(rooms)))]
    chosen = [[one for one in lamps if state(one, "area") == room][0] for room in turn]
wake = [one for one in chosen if state(one) == "off"]
rest = [one for one in lamps if state(one) == "on" and one not in chosen]
if wake:
    await call("light.turn_on", wake)
if rest:
    await call("light.turn_off", rest)

told = {
    "on": [each for each in chosen if state(each) == "on"],
    "off": [each for each in rest if state(each) == "off"],
    "no": [each for each in wake if state(each) != "on"] + [each for each in rest if state(each) != "off"],
}
said = [WORDS[name].format(", ".join(things)) for name, things in told.items() if things]
" ".join(said) or WORDS["dark" if evening else "day"]
