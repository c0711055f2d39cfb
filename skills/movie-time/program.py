WORDS = {
    "en": {"ready": "Enjoy the film."},
    "de": {"ready": "Viel Spaß beim Film."},
    "fr": {"ready": "Bon film."},
    "nl": {"ready": "Veel plezier met de film."},
    "zh": {"ready": "祝你观影愉快。"},
}[language]

CLOSE, TURN_ON = 2, 128  # of the features of a cover and of a media player
level = max(1, round(2.55 * brightness))  # as a light tells it


def able(one, bit):
    return bool((state(one, "supported_features") or 0) & bit)


def dim(one):
    return state(one) == "off" or abs((state(one, "brightness") or 0) - level) <= 3


lamps = find(domain="light", area=area, state="on")
dimmable = [one for one in lamps if (state(one, "supported_color_modes") or ["onoff"]) != ["onoff"]]
bright = [one for one in dimmable if not dim(one)]
plain = [one for one in lamps if one not in dimmable]
covers = [
    one
    for kind in ("blind", "curtain", "shade", "shutter")
    for one in find(area=area, device_class=kind)
    if state(one) in ("open", "opening") and able(one, CLOSE)
]
screens = [
    one for now in ("off", "standby") for one in find(area=area, device_class="tv", state=now) if able(one, TURN_ON)
]
if screens:
    await call("media_player.turn_on", screens)
if bright:
    await call("light.turn_on", bright, brightness_pct=brightness)
if plain:
    await call("light.turn_off", plain)
if covers:  # last: they take longest
    await call("cover.close_cover", covers)

WORDS["ready"]
