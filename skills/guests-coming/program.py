WORDS = {
    "en": {
        "ready": "Ready for your guests.",
        "on": "On: {}.",
        "dark": "Not on: {}.",
        "home": "On its way home: {}.",
        "away": "Still out: {}.",
        "open": "Open: {}.",
        "warm": "It is {:.0f} degrees in there.",
    },
    "de": {
        "ready": "Bereit für den Besuch.",
        "on": "An: {}.",
        "dark": "Nicht an: {}.",
        "home": "Auf dem Heimweg: {}.",
        "away": "Noch unterwegs: {}.",
        "open": "Offen: {}.",
        "warm": "Dort sind es {:.0f} Grad.",
    },
    "fr": {
        "ready": "Prêt pour les invités.",
        "on": "Allumé : {}.",
        "dark": "Pas allumé : {}.",
        "home": "Rentre à sa base : {}.",
        "away": "Encore en route : {}.",
        "open": "Ouvert : {}.",
        "warm": "Il y fait {:.0f} degrés.",
    },
    "nl": {
        "ready": "Klaar voor het bezoek.",
        "on": "Aan: {}.",
        "dark": "Niet aan: {}.",
        "home": "Op weg naar huis: {}.",
        "away": "Nog onderweg: {}.",
        "open": "Open: {}.",
        "warm": "Het is daar {:.0f} graden.",
    },
    "zh": {
        "ready": "已为客人准备好。",
        "on": "已打开：{}。",
        "dark": "没有打开：{}。",
        "home": "正在返回：{}。",
        "away": "还在外面：{}。",
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

lit = [each for each in dark if state(each) == "on"]
homeward = [each for each in robots if state(each) in ("returning", "docked")]
told = {
    "on": lit,
    "dark": [each for each in dark if each not in lit],
    "home": homeward,
    "away": [each for each in robots if each not in homeward],
    "open": [
        each
        for kind in ("window", "door")
        for each in find(domain="binary_sensor", device_class=kind, area=area, state="on")
    ],
}
said = [WORDS["ready"]] + [WORDS[name].format(", ".join(things)) for name, things in told.items() if things]
warm = [state(each, "current_temperature") for each in find(domain="climate", area=area)]
said += [WORDS["warm"].format(degrees) for degrees in warm[:1] if degrees is not None]
" ".join(said)
