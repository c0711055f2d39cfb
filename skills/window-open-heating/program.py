WORDS = {
    "en": {
        "open": "Open: {}.",
        "on": "This still runs beside an open window: {}.",
        "shut": "No heating runs beside an open window.",
    },
    "de": {
        "open": "Offen: {}.",
        "on": "Das läuft noch bei offenem Fenster: {}.",
        "shut": "Nirgends läuft eine Heizung bei offenem Fenster.",
    },
    "fr": {
        "open": "Ouvert : {}.",
        "on": "Ceci tourne encore près d'une fenêtre ouverte : {}.",
        "shut": "Aucun chauffage ne tourne près d'une fenêtre ouverte.",
    },
    "nl": {
        "open": "Open: {}.",
        "on": "Dit staat nog aan bij een open raam: {}.",
        "shut": "Er staat nergens verwarming aan bij een open raam.",
    },
    "zh": {"open": "没有关：{}。", "on": "开着窗仍在运行：{}。", "shut": "没有开着窗还在运行的供暖。"},
}[language]

TURN_OFF = 128  # of the features of a thermostat
windows = [one for kind in ("window", "opening") for one in find(device_class=kind, state="on")]
rooms = {state(one, "area") for one in windows} - {None}
running = [
    one
    for mode in ("heat", "cool", "heat_cool", "auto", "dry")
    for one in find(domain="climate", state=mode)
    if state(one, "area") in rooms
]
able = [one for one in running if (state(one, "supported_features") or 0) & TURN_OFF]
if able:
    await call("climate.turn_off", able)

told = {
    "open": [each for each in windows if running and state(each, "area") in {state(one, "area") for one in running}],
    "on": [each for each in running if state(each) != "off"],
}
" ".join(WORDS[name].format(", ".join(things)) for name, things in told.items() if things) or WORDS["shut"]
