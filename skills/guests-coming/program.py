WORDS = {
    "en": {
        "lit": "The lights are on for your guests.",
        "welcome": "Have a good time with your guests.",
        "open": "Open: {}.",
        "warm": "It is {:.0f} degrees in there.",
    },
    "de": {
        "lit": "Das Licht ist an für den Besuch.",
        "welcome": "Viel Freude mit dem Besuch.",
        "open": "Offen: {}.",
        "warm": "Dort sind es {:.0f} Grad.",
    },
    "fr": {
        "lit": "La lumière est allumée pour vos invités.",
        "welcome": "Bon moment avec vos invités.",
        "open": "Ouvert : {}.",
        "warm": "Il y fait {:.0f} degrés.",
    },
    "nl": {
        "lit": "Het licht is aan voor het bezoek.",
        "welcome": "Veel plezier met het bezoek.",
        "open": "Open: {}.",
        "warm": "Het is daar {:.0f} graden.",
    },
    "zh": {
        "lit": "已为客人开灯。",
        "welcome": "祝你和客人玩得愉快。",
        "open": "没有关：{}。",
        "warm": "那里{:.0f}度。",
    },
}[language]

RETURN_HOME = 16  # of a vacuum's features
dark = find(domain="light", area=area, state="off")
dimmed = [one for one in dark if (state(one, "supported_color_modes") or ["onoff"]) != ["onoff"]]
plain = [one for one in dark if one not in dimmed]
robots = [
    one
    for now in ("cleaning", "paused", "idle")
    for one in find(domain="vacuum", state=now)
    if (state(one, "supported_features") or 0) & RETURN_HOME
]
if dimmed:
    await call("light.turn_on", dimmed, brightness_pct=brightness)
if plain:
    await call("light.turn_on", plain)
if robots:
    await call("vacuum.return_to_base", robots)

open_there = [
    each
    for kind in ("window", "door")
    for each in find(domain="binary_sensor", device_class=kind, area=area, state="on")
]
lamps = find(domain="light", area=area)
lit = bool(lamps) and all(state(each) == "on" for each in lamps)
said = [WORDS["lit" if lit else "welcome"]] + ([WORDS["open"].format(", ".join(open_there))] if open_there else [])
warm = [state(each, "current_temperature") for each in find(domain="climate", area=area)]
" ".join(said + [WORDS["warm"].format(degrees) for degrees in warm[:1] if degrees is not None])
