WORDS = {
    "en": {
        "off": "A window is open there, so I turned this off: {}.",
        "on": "A window is open there, and this is still on: {}.",
        "shut": "No heating runs beside an open window.",
    },
    "de": {
        "off": "Dort ist ein Fenster offen, deshalb ausgeschaltet: {}.",
        "on": "Dort ist ein Fenster offen, und noch an: {}.",
        "shut": "Nirgends läuft eine Heizung bei offenem Fenster.",
    },
    "fr": {
        "off": "Une fenêtre y est ouverte, j'ai éteint : {}.",
        "on": "Une fenêtre y est ouverte, encore allumé : {}.",
        "shut": "Aucun chauffage ne tourne près d'une fenêtre ouverte.",
    },
    "nl": {
        "off": "Daar staat een raam open, daarom uit: {}.",
        "on": "Daar staat een raam open, en nog aan: {}.",
        "shut": "Er staat nergens verwarming aan bij een open raam.",
    },
    "zh": {"off": "那里开着窗，已关闭：{}。", "on": "那里开着窗，仍然开着：{}。", "shut": "没有开着窗还在运行的供暖。"},
}[language]

TURN_OFF = 128  # of the features of a thermostat
rooms = {state(one, "area") for kind in ("window", "opening") for one in find(device_class=kind, state="on")} - {None}
running = [
    one
    for mode in ("heat", "cool", "heat_cool", "auto", "dry")
    for one in find(domain="climate", state=mode)
    if state(one, "area") in rooms
]
able = [one for one in running if (state(one, "supported_features") or 0) & TURN_OFF]
if able:
    await call("climate.turn_off", able)

off = [each for each in running if state(each) == "off"]
told = {"off": off, "on": [each for each in running if each not in off]}
" ".join(WORDS[name].format(", ".join(things)) for name, things in told.items() if things) or WORDS["shut"]
