WORDS = {
    "en": {"hello": "Welcome home.", "on": "On: {}.", "dark": "Not on: {}.", "wet": "Look here first: {}.", "open": "Open: {}."},
    "de": {"hello": "Willkommen zu Hause.", "on": "An: {}.", "dark": "Nicht an: {}.", "wet": "Bitte zuerst hier nachsehen: {}.",
           "open": "Offen: {}."},
    "fr": {"hello": "Bienvenue à la maison.", "on": "Allumé : {}.", "dark": "Pas allumé : {}.",
           "wet": "À voir d'abord : {}.", "open": "Ouvert : {}."},
    "nl": {"hello": "Welkom thuis.", "on": "Aan: {}.", "dark": "Niet aan: {}.", "wet": "Kijk hier eerst: {}.", "open": "Open: {}."},
    "zh": {"hello": "欢迎回家。", "on": "已打开：{}。", "dark": "没有打开：{}。", "wet": "请先看这里：{}。", "open": "没有关：{}。"},
}[language]

day = bool(find(domain="sun", state="above_horizon"))
dark = [] if day else find(domain="light", area=area, state="off")
dimmed = [one for one in dark if (state(one, "supported_color_modes") or ["onoff"]) != ["onoff"]]
plain = [one for one in dark if one not in dimmed]
if dimmed:
    await call("light.turn_on", dimmed, brightness_pct=brightness)
if plain:
    await call("light.turn_on", plain)

lit = [one for one in dark if state(one) == "on"]
told = {
    "on": lit,
    "dark": [one for one in dark if one not in lit],
    "wet": [one for kind in ("smoke", "gas", "carbon_monoxide", "moisture", "problem", "tamper")
            for one in find(domain="binary_sensor", device_class=kind, state="on")],
    "open": [one for kind in ("window", "door", "garage_door")
             for one in find(domain="binary_sensor", device_class=kind, state="on")],
}
" ".join([WORDS["hello"]] + [WORDS[name].format(", ".join(things)) for name, things in told.items() if things])
