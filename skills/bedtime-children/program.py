WORDS = {
    "en": {"night": "Sleep well."},
    "de": {"night": "Schlaft gut."},
    "fr": {"night": "Dormez bien."},
    "nl": {"night": "Slaap lekker."},
    "zh": {"night": "睡个好觉。"},
}[language]

CLOSE, TURN_OFF = 2, 256  # of the features of a cover and of a media player
level = max(1, round(2.55 * brightness))  # as a light tells it


def able(one, bit):
    return bool((state(one, "supported_features") or 0) & bit)


def dim(one):
    return state(one) == "off" or abs((state(one, "brightness") or 0) - level) <= 3


lamps = find(domain="light", area=area, state="on")
dimmable = [one for one in lamps if (state(one, "supported_color_modes") or ["onoff"]) != ["onoff"]]
bright = [one for one in dimmable if not dim(one)]
plain = [one for one in lamps if one not in dimmable]
players = [
    one
    for now in ("on", "playing", "paused", "buffering")
    for one in find(domain="media_player", area=area, state=now)
    if able(one, TURN_OFF)
]
covers = [
    one
    for kind in ("blind", "curtain", "shade", "shutter")
    for one in find(area=area, device_class=kind)
    if state(one) in ("open", "opening") and able(one, CLOSE)
]
if players:
    await call("media_player.turn_off", players)
if bright:
    await call("light.turn_on", bright, brightness_pct=brightness)
if plain:
    await call("light.turn_off", plain)
if covers:  # last: they take longest
    await call("cover.close_cover", covers)

WORDS["night"]
