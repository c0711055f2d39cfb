WORDS = {
    "en": {
        "all": "Power: {}.",
        "none": "Nothing here measures power.",
        "on": "On: {}.",
        "waste": "On with nobody at home: {}.",
        "heat": "Heating with a window open: {}.",
    },
    "de": {
        "all": "Leistung: {}.",
        "none": "Hier misst nichts die Leistung.",
        "on": "An: {}.",
        "waste": "An, obwohl niemand zu Hause ist: {}.",
        "heat": "Heizt bei offenem Fenster: {}.",
    },
    "fr": {
        "all": "Puissance : {}.",
        "none": "Rien ne mesure la puissance ici.",
        "on": "Allumé : {}.",
        "waste": "Allumé alors qu'il n'y a personne : {}.",
        "heat": "Chauffe fenêtre ouverte : {}.",
    },
    "nl": {
        "all": "Vermogen: {}.",
        "none": "Niets meet hier het vermogen.",
        "on": "Aan: {}.",
        "waste": "Aan terwijl er niemand thuis is: {}.",
        "heat": "Verwarmt met een raam open: {}.",
    },
    "zh": {
        "all": "功率：{}。",
        "none": "这里没有测量功率的设备。",
        "on": "开着：{}。",
        "waste": "没有人在家却开着：{}。",
        "heat": "开着窗还在供暖：{}。",
    },
}[language]

WATTS = {"W": 1, "kW": 1000, "mW": 0.001, "MW": 1000000}
MOST = 200  # readings that are looked at
silent = find(domain="sensor", state="unavailable") + find(domain="sensor", state="unknown")
meters = [one for one in find(domain="sensor", device_class="power") if one not in silent][:MOST]
values = [(one, state(one)) for one in meters]
figures = [
    (value * WATTS.get(state(one, "unit_of_measurement") or "W", 1), one)
    for one, value in values
    if isinstance(value, float)
]
most = sorted(figures, reverse=True)[:5]
rooms = {state(one, "area") for one in find(domain="binary_sensor", device_class="window", state="on")} - {None}
people = find(domain="person")
away = bool(people) and all(state(one) == "not_home" for one in people)
on = [
    one
    for domain in ("light", "media_player", "fan")
    for now in ("on", "playing")
    for one in find(domain=domain, state=now)
]
told = {
    "all": [f"{one} {watts:.0f} W" for watts, one in most],
    "waste" if away else "on": on[:MOST],
    "heat": [
        one for one in find(domain="climate") if state(one, "area") in rooms and state(one, "hvac_action") == "heating"
    ],
}
said = [WORDS[name].format(", ".join(things)) for name, things in told.items() if things]
" ".join(said if most else [WORDS["none"]] + said)
