WORDS = {
    "en": {"morning": "Good morning.", "out": "It is {:.0f} degrees outside."},
    "de": {"morning": "Guten Morgen.", "out": "Draußen sind es {:.0f} Grad."},
    "fr": {"morning": "Bonjour.", "out": "Il fait {:.0f} degrés dehors."},
    "nl": {"morning": "Goedemorgen.", "out": "Het is buiten {:.0f} graden."},
    "zh": {"morning": "早上好。", "out": "室外{:.0f}度。"},
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

outside = [state(each, "temperature") for each in find(domain="weather")]
" ".join([WORDS["morning"]] + [WORDS["out"].format(degrees) for degrees in outside[:1] if degrees is not None])
