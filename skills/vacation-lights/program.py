from datetime import datetime

WORDS = {
    "en": {
        "on": "Rooms with light for this hour: {}.",
        "day": "It is not evening, so no light is wanted.",
        "dark": "There is nothing to light for this hour.",
    },
    "de": {
        "on": "Zimmer mit Licht in dieser Stunde: {}.",
        "day": "Es ist nicht Abend, also soll kein Licht brennen.",
        "dark": "Für diese Stunde gibt es nichts zu beleuchten.",
    },
    "fr": {
        "on": "Pièces éclairées pour cette heure : {}.",
        "day": "Ce n'est pas le soir, donc pas de lumière voulue.",
        "dark": "Il n'y a rien à éclairer pour cette heure.",
    },
    "nl": {
        "on": "Kamers met licht voor dit uur: {}.",
        "day": "Het is geen avond, dus er hoeft geen licht aan.",
        "dark": "Er is niets te verlichten voor dit uur.",
    },
    "zh": {
        "on": "这一小时亮灯的房间数：{}。",
        "day": "现在不是晚上，所以不需要灯。",
        "dark": "这一小时没有可以开的灯。",
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

burning = len([each for each in chosen if state(each) == "on"])
WORDS["on"].format(burning) if burning else WORDS["dark" if evening else "day"]
