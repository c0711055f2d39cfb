WORDS = {
    "en": {"hello": "Welcome home.", "wet": "Look here first: {}.", "open": "Open: {}."},
    "de": {"hello": "Willkommen zu Hause.", "wet": "Bitte zuerst hier nachsehen: {}.", "open": "Offen: {}."},
    "fr": {"hello": "Bienvenue à la maison.", "wet": "À voir d'abord : {}.", "open": "Ouvert : {}."},
    "nl": {"hello": "Welkom thuis.", "wet": "Kijk hier eerst: {}.", "open": "Open: {}."},
    "zh": {"hello": "欢迎回家。", "wet": "请先看这里：{}。", "open": "没有关：{}。"},
}[language]

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

told = {
    "wet": [
        each
        for kind in ("smoke", "gas", "carbon_monoxide", "moisture", "problem", "tamper")
        for each in find(domain="binary_sensor", device_class=kind, state="on")
    ],
    "open": [
        each
        for kind in ("window", "door", "garage_door")
        for each in find(domain="binary_sensor", device_class=kind, state="on")
    ],
}
" ".join([WORDS["hello"]] + [WORDS[name].format(", ".join(things)) for name, things in told.items() if things])
