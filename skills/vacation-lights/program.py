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

MOST = 200  # things of one call
now = datetime.now()
try:
    day = state("sun.sun") == "above_horizon"
except LookupError:  # a house without a sun: by the clock alone
    day = False
evening = 16 <= now.hour < 23 and not day
lit = find(domain="light", state="on")
lamps = sorted(lit + find(domain="light", state="off"))
chosen, rooms = [], [None]
if evening and lamps:  # others each hour and each day, the same within the hour, each in a room of its own
    first = ((now.month * 31 + now.day) * 5 + now.hour * 3) % len(lamps)
    for at in range(min(len(lamps), 200)):
        one = lamps[(first + at) % len(lamps)]
        if len(chosen) < how_many and state(one, "area") not in rooms:
            chosen.append(one)
            rooms.append(state(one, "area"))
wake = [one for one in chosen if one not in lit]
rest = [one for one in lit if one not in chosen][:MOST]
if wake:
    await call("light.turn_on", wake)
if rest:
    await call("light.turn_off", rest)

burning = len([each for each in chosen if state(each) == "on"])
WORDS["on"].format(burning) if burning else WORDS["dark" if evening else "day"]
