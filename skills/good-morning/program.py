WORDS = {
    "en": {
        "morning": "Good morning.",
        "up": "Opening: {}.",
        "shut": "Still closed: {}.",
        "on": "On: {}.",
        "dark": "Not on: {}.",
        "out": "It is {:.0f} degrees outside.",
    },
    "de": {
        "morning": "Guten Morgen.",
        "up": "Öffnet: {}.",
        "shut": "Noch zu: {}.",
        "on": "An: {}.",
        "dark": "Nicht an: {}.",
        "out": "Draußen sind es {:.0f} Grad.",
    },
    "fr": {
        "morning": "Bonjour.",
        "up": "S'ouvre : {}.",
        "shut": "Encore fermé : {}.",
        "on": "Allumé : {}.",
        "dark": "Pas allumé : {}.",
        "out": "Il fait {:.0f} degrés dehors.",
    },
    "nl": {
        "morning": "Goedemorgen.",
        "up": "Gaat open: {}.",
        "shut": "Nog dicht: {}.",
        "on": "Aan: {}.",
        "dark": "Niet aan: {}.",
        "out": "Het is buiten {:.0f} graden.",
    },
    "zh": {
        "morning": "早上好。",
        "up": "正在打开：{}。",
        "shut": "还关着：{}。",
        "on": "已打开：{}。",
        "dark": "没有打开：{}。",
        "out": "室外{:.0f}度。",
    },
}[language]

OPEN = 1  # of a cover's features
covers = [
    one
    for kind in ("blind", "curtain", "shade", "shutter")
    for one in find(area=area, device_class=kind)
    if state(one) in ("closed", "closing") and (state(one, "supported_features") or 0) & OPEN
]
try:
    day = state("sun.sun") == "above_horizon"
except LookupError:  # a house without a sun: lights do no harm
    day = False
dark = [] if day else find(domain="light", area=area, state="off")
dimmed = [one for one in dark if (state(one, "supported_color_modes") or ["onoff"]) != ["onoff"]]
plain = [one for one in dark if one not in dimmed]
if dimmed:
    await call("light.turn_on", dimmed, brightness_pct=brightness)
if plain:
    await call("light.turn_on", plain)
if covers:
    await call("cover.open_cover", covers)

lit = [each for each in dark if state(each) == "on"]
up = [each for each in covers if state(each) in ("open", "opening")]
told = {
    "up": up,
    "shut": [each for each in covers if each not in up],
    "on": lit,
    "dark": [each for each in dark if each not in lit],
}
said = [WORDS["morning"]] + [WORDS[name].format(", ".join(things)) for name, things in told.items() if things]
outside = [state(each, "temperature") for each in find(domain="weather")]
said += [WORDS["out"].format(degrees) for degrees in outside[:1] if degrees is not None]
" ".join(said)
