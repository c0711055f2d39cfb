"""The tables of sentences, and what must hold of every text."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claw.daemon
from claw.base.action import Origin
from claw.base.erasure import Erasure
from claw.base.errors import Broken
from claw.house.file import load_house, parse_house
from claw.house.model import House, Registry
from claw.house.services import validate
from claw.mind.intents import Intents
from claw.mind.understood import Command, Control, Question, Unclear, Understood

HERE = Path(__file__).parent
DEMO = Path(claw.daemon.__file__).parent / "demo" / "house.yaml"
GUARDED = {"lock", "cover", "valve", "alarm_control_panel"}

NAMES: dict[str, dict[str, str]] = {
    "de": {
        "kitchen": "Küche", "living": "Wohnzimmer", "bedroom": "Schlafzimmer", "hall": "Flur", "up": "Obergeschoss",
        "down": "Erdgeschoss", "ceiling": "Deckenlampe", "lamp": "Stehlampe", "bedside": "Nachttischlampe",
        "hall_light": "Flurlicht", "plug": "Kaffeemaschine", "freezer": "Gefrierschrank", "blind": "Rollo",
        "door": "Haustür", "heat": "Heizung", "radio": "Radio", "vacuum": "Saugroboter", "scene": "Filmabend",
        "window": "Küchenfenster", "temperature": "Temperatur", "alarm": "Alarmanlage", "garage": "Garagentor",
        "list": "Einkaufsliste", "fan": "Ventilator", "class": "blind",
    },
    "fr": {
        "kitchen": "Cuisine", "living": "Salon", "bedroom": "Chambre", "hall": "Entrée", "up": "Étage",
        "down": "Rez-de-chaussée", "ceiling": "Plafonnier", "lamp": "Lampadaire", "bedside": "Lampe de chevet",
        "hall_light": "Lumière de l'entrée", "plug": "Cafetière", "freezer": "Congélateur", "blind": "Volet",
        "door": "Porte d'entrée", "heat": "Chauffage", "radio": "Radio", "vacuum": "Aspirateur", "scene": "Soirée film",
        "window": "Fenêtre de la cuisine", "temperature": "Température", "alarm": "Alarme", "garage": "Porte de garage",
        "list": "Liste de courses", "fan": "Ventilateur", "class": "shutter",
    },
    "nl": {
        "kitchen": "Keuken", "living": "Woonkamer", "bedroom": "Slaapkamer", "hall": "Gang", "up": "Boven",
        "down": "Beneden", "ceiling": "Plafondlamp", "lamp": "Staande lamp", "bedside": "Bedlampje",
        "hall_light": "Ganglamp", "plug": "Koffiezetapparaat", "freezer": "Vriezer", "blind": "Rolgordijn",
        "door": "Voordeur", "heat": "Verwarming", "radio": "Radio", "vacuum": "Stofzuiger", "scene": "Filmavond",
        "window": "Keukenraam", "temperature": "Temperatuur", "alarm": "Alarm", "garage": "Garagedeur",
        "list": "Boodschappenlijst", "fan": "Ventilator", "class": "shade",
    },
    "zh": {
        "kitchen": "厨房", "living": "客厅", "bedroom": "卧室", "hall": "走廊", "up": "二楼", "down": "一楼",
        "ceiling": "吸顶灯", "lamp": "落地灯", "bedside": "床头灯", "hall_light": "走廊灯", "plug": "咖啡机",
        "freezer": "冰柜", "blind": "窗帘", "door": "前门", "heat": "空调", "radio": "收音机", "vacuum": "扫地机器人",
        "scene": "电影时间", "window": "厨房窗户", "temperature": "温度", "alarm": "警报", "garage": "车库门",
        "list": "购物清单", "fan": "风扇", "class": "curtain",
    },
}  # fmt: skip


def small_house(language: str) -> House:
    name = NAMES[language]
    dimmable = {"supported_color_modes": ["brightness"], "brightness": 128}
    heating = {
        "hvac_modes": ["off", "heat"],
        "min_temp": 7,
        "max_temp": 30,
        "temperature": 20,
        "supported_features": 385,
    }
    rows: list[tuple[str, str, str | None, str | None, str, dict[str, object]]] = [
        ("light.kitchen", "ceiling", "kitchen", None, "off", dimmable),
        ("light.living", "lamp", "living", None, "on", dimmable),
        ("light.bedroom", "bedside", "bedroom", None, "off", dimmable),
        ("light.hall", "hall_light", "hall", None, "on", dimmable),
        ("switch.coffee", "plug", "kitchen", "outlet", "off", {}),
        ("switch.freezer", "freezer", "hall", "outlet", "on", {}),
        (
            "cover.bedroom",
            "blind",
            "bedroom",
            name["class"],
            "open",
            {"current_position": 100, "supported_features": 15},
        ),
        ("cover.garage", "garage", None, "garage", "closed", {"supported_features": 11}),
        ("lock.front", "door", "hall", None, "locked", {}),
        ("climate.living", "heat", "living", None, "heat", heating),
        (
            "media_player.kitchen",
            "radio",
            "kitchen",
            "speaker",
            "playing",
            {"volume_level": 0.3, "supported_features": 89485},
        ),
        ("vacuum.robot", "vacuum", "living", None, "docked", {"supported_features": 13884}),
        ("scene.movie", "scene", None, None, "unknown", {}),
        ("binary_sensor.window", "window", "kitchen", "window", "off", {}),
        ("sensor.temp", "temperature", "bedroom", "temperature", "20", {}),
        ("alarm_control_panel.house", "alarm", "hall", None, "disarmed", {"supported_features": 39}),
        ("todo.shopping", "list", None, None, "0", {"supported_features": 87}),
        ("fan.living", "fan", "living", None, "off", {"supported_features": 63, "percentage": 0}),
        ("person.anna", "Anna", None, None, "home", {}),
        ("weather.home", "Home", None, None, "sunny", {}),
    ]
    return parse_house(
        {
            "language": language,
            "floors": [{"id": "down", "name": name["down"], "level": 0}, {"id": "up", "name": name["up"], "level": 1}],
            "areas": [
                {"id": area, "name": name[area], "floor": "up" if area == "bedroom" else "down"}
                for area in ("kitchen", "living", "hall", "bedroom")
            ],
            "entities": [
                {
                    "entity_id": entity_id,
                    "name": name.get(key, key),
                    "state": state,
                    "attributes": attributes,
                    **({"area": area} if area else {}),
                    **({"device_class": device_class} if device_class else {}),
                }
                for entity_id, key, area, device_class, state, attributes in rows
            ],
        }
    )


def table(name: str) -> list[tuple[str, str]]:
    lines = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.partition(" => ") for line in lines if line and not line.startswith("#")]
    return [(sentence, meaning) for sentence, _, meaning in rows]


def form(understood: Understood) -> str:
    """Say what was understood as the tables do."""
    match understood:
        case Command():
            return "; ".join(_action_forms(understood))
        case Question():
            return " ".join((understood.kind, understood.wanted or "-", *understood.entities))
        case Control():
            return understood.word
        case Unclear():
            return "?"


def _action_forms(command: Command) -> Iterator[str]:
    for action in command.actions:
        names = [entity_id.split(".", 1)[1] for entity_id in action.entities]
        data = [json.dumps(dict(action.data), ensure_ascii=False)] if action.data else []
        yield " ".join((action.name, *names, *data))


@pytest.fixture(scope="module")
def demo() -> House:
    return load_house(DEMO)


@pytest.fixture(scope="module")
def english(demo: House) -> Intents:
    intents = Intents(["en"])
    intents.warm(demo)
    return intents


def said(
    intents: Intents, house: House, text: str, place: str | None = None, language: str | None = None
) -> Understood:
    return intents.recognise(text, house, Origin("cli", place=place, language=language))


@pytest.mark.parametrize(("sentence", "meaning"), table("english"))
def test_an_english_sentence_means_what_the_table_says(
    english: Intents, demo: House, sentence: str, meaning: str
) -> None:
    understood = said(english, demo, sentence)
    assert form(understood) == meaning
    for action in understood.actions if isinstance(understood, Command) else ():
        validate(demo, action)


@pytest.mark.parametrize(("sentence", "meaning"), table("english_here"))
def test_a_sentence_without_a_place_means_the_room_one_stands_in(
    english: Intents, demo: House, sentence: str, meaning: str
) -> None:
    assert form(said(english, demo, sentence, "living_room")) == meaning


@pytest.mark.parametrize("sentence", [sentence for sentence, _ in table("not_understood")])
def test_what_is_not_clear_becomes_no_action(english: Intents, demo: House, sentence: str) -> None:
    understood = said(english, demo, sentence)
    assert isinstance(understood, Unclear)
    assert understood.reason.endswith((".", "?"))


@pytest.fixture(scope="module", params=[("de", "german"), ("fr", "french"), ("nl", "dutch"), ("zh", "chinese")])
def foreign(request: pytest.FixtureRequest) -> tuple[str, House, Intents, list[tuple[str, str]]]:
    code, name = request.param
    return code, small_house(code), Intents([code, "en"]), table(name)


def test_every_other_language_means_what_its_table_says(
    foreign: tuple[str, House, Intents, list[tuple[str, str]]],
) -> None:
    code, house, intents, rows = foreign
    assert len(rows) >= 15
    assert [(s, form(said(intents, house, s, language=code))) for s, _ in rows] == rows


@pytest.fixture(scope="module")
def every_tongue(demo: House) -> Intents:
    intents = Intents(["en", "de", "fr", "nl", "zh"])
    intents.warm(demo)
    return intents


@pytest.mark.parametrize(("spoken", "meaning"), table("demo_tongues"))
def test_the_demo_house_is_spoken_to_in_every_language(
    every_tongue: Intents, demo: House, spoken: str, meaning: str
) -> None:
    language, _, sentence = spoken.partition(": ")
    assert form(said(every_tongue, demo, sentence, language=language)) == meaning
    assert form(said(every_tongue, demo, sentence)) == meaning


def test_everything_is_lights_players_and_fans_and_nothing_else(english: Intents, demo: House) -> None:
    for sentence in (
        "turn off everything",
        "turn everything off",
        "turn off the house",
        "switch off everything in the house",
    ):
        understood = said(english, demo, sentence)
        assert isinstance(understood, Command), sentence
        touched = {entity for action in understood.actions for entity in action.entities}
        expected = {e for e in demo.registry.entities if e.split(".")[0] in {"light", "media_player", "fan"}}
        assert touched == expected


def test_what_is_labelled_everything_is_part_of_everything_but_never_a_lock() -> None:
    house = parse_house(
        {
            "labels": {"everything": "Everything"},
            "entities": [
                {"entity_id": "switch.heater", "name": "Heater", "labels": ["everything"], "state": "on"},
                {"entity_id": "switch.freezer", "name": "Freezer", "state": "on"},
                {"entity_id": "lock.door", "name": "Door", "labels": ["everything"], "state": "locked"},
            ],
        }
    )
    assert form(said(Intents(["en"]), house, "turn off everything")) == "switch.turn_off heater"


@pytest.mark.parametrize("verb", ["open", "close", "unlock", "raise", "start", "press", "activate"])
@pytest.mark.parametrize("said_as", ["{} everything", "{} the house", "{} everything in the hall"])
def test_everything_is_nothing_that_has_to_be_named(english: Intents, demo: House, verb: str, said_as: str) -> None:
    understood = said(english, demo, said_as.format(verb))
    touched = {e for action in understood.actions for e in action.entities} if isinstance(understood, Command) else ()
    assert {entity.partition(".")[0] for entity in touched} <= {"light", "media_player", "fan"}


def test_an_exception_spares_a_room_a_thing_or_a_kind(english: Intents, demo: House) -> None:
    everything = said(english, demo, "turn off everything")
    assert isinstance(everything, Command)
    all_of_it = {entity for action in everything.actions for entity in action.entities}
    for sentence, spared in {
        "turn off everything except the kitchen": {e for e in all_of_it if demo.registry.entities[e].area == "kitchen"},
        "turn off everything but the tv": {"media_player.living_room_tv"},
        "turn everything off except the desk lamp": {"light.office_desk"},
        "turn everything off except the kitchen lights": {
            "light.kitchen_ceiling",
            "light.kitchen_counter",
            "light.kitchen_sink",
        },
        "turn off everything apart from the fans": {"fan.living_room", "fan.bathroom"},
        "turn off everything except upstairs and the desk lamp": {
            e for e in all_of_it if demo.registry.floor_of(demo.registry.entities[e]) == "upper"
        },
    }.items():
        understood = said(english, demo, sentence)
        assert isinstance(understood, Command), sentence
        assert {e for a in understood.actions for e in a.entities} == all_of_it - spared, sentence


def test_a_lock_a_cover_a_valve_and_an_alarm_are_reached_only_by_their_own_verbs(demo: House, english: Intents) -> None:
    own = {"lock", "unlock", "open", "close", "raise", "lower", "shut", "arm", "disarm", "stop"}
    other = "turn on,turn off,switch on,switch off,toggle,start,activate,enable,disable,kill,power down,dim,press,mute"
    verbs = (*other.split(","), *sorted(own))
    guarded = [e for e in demo.registry.entities.values() if e.domain in GUARDED]
    reached = set[tuple[str, str]]()
    for verb in verbs:
        for entity in guarded:
            understood = said(english, demo, f"{verb} the {entity.name}")
            for action in understood.actions if isinstance(understood, Command) else ():
                assert verb in own or action.domain == "alarm_control_panel", (verb, entity.name)
                if verb not in own:
                    assert verb == "activate", "the alarm is armed by arm sentences"
                reached.add((verb, action.name))
    assert ("lock", "lock.lock") in reached
    assert ("unlock", "lock.unlock") in reached
    assert not {name for verb, name in reached if verb != "unlock" and name == "lock.unlock"}


def test_a_hidden_or_a_configuring_entity_has_no_name(english: Intents, demo: House) -> None:
    assert isinstance(said(english, demo, "turn on robot do not disturb"), Unclear)
    assert isinstance(said(english, demo, "press the heat pump restart"), Unclear)


def test_two_things_of_one_name_are_both_told(english: Intents, demo: House) -> None:
    understood = said(english, demo, "turn on the fan")
    assert isinstance(understood, Unclear)
    assert "fan.bathroom" in understood.reason
    assert "fan.living_room" in understood.reason


def test_a_compound_names_the_part_that_was_not_understood(english: Intents, demo: House) -> None:
    understood = said(english, demo, "turn on the kitchen lights and paint the fence")
    assert isinstance(understood, Unclear)
    assert "paint the fence" in understood.reason


def test_a_room_without_such_a_thing_is_said_so(english: Intents, demo: House) -> None:
    understood = said(english, demo, "turn on the fan in the office")
    assert isinstance(understood, Unclear)
    assert "fan" in understood.reason
    assert "Office" in understood.reason


def test_the_nearest_sentence_would_be_understood(english: Intents, demo: House) -> None:
    for wrong in ("turn on the kichen lihgts", "switch on bedside lammp", "lock the frunt door", "open garage dor"):
        understood = said(english, demo, wrong)
        assert isinstance(understood, Unclear)
        assert understood.nearest is not None, wrong
        assert not isinstance(said(english, demo, understood.nearest), Unclear), understood.nearest


def test_what_this_house_cannot_do_is_not_offered_as_the_nearest(english: Intents, demo: House) -> None:
    understood = said(english, demo, "set the hall light to 50 percent")
    assert isinstance(understood, Unclear)
    assert understood.reason == "Hall Ceiling cannot do that."
    assert understood.nearest is None


def test_relative_words_follow_the_state_and_are_never_remembered(english: Intents, demo: House) -> None:
    first = said(english, demo, "dim the living room lamp")
    brighter = dict(demo.states)
    lamp = brighter["light.living_room_lamp"]
    brighter["light.living_room_lamp"] = type(lamp)("on", {**lamp.attributes, "brightness": 255})
    second = said(english, House(demo.registry, brighter), "dim the living room lamp")
    assert form(first) == 'light.turn_on living_room_lamp {"brightness_pct": 30}'
    assert form(second) == 'light.turn_on living_room_lamp {"brightness_pct": 80}'


def test_new_names_are_known_as_soon_as_the_registry_is_new(demo: House) -> None:
    intents = Intents(["en"])
    before = said(intents, demo, "turn on the disco ball")
    house = parse_house({"entities": [{"entity_id": "light.disco", "name": "Disco Ball", "state": "off"}]})
    assert isinstance(before, Unclear)
    assert form(said(intents, house, "turn on the disco ball")) == "light.turn_on disco"
    assert isinstance(said(intents, demo, "turn on the disco ball"), Unclear)


def test_several_languages_are_tried_the_speakers_first() -> None:
    house = small_house("de")
    intents = Intents(["de", "en"])
    german = said(intents, house, "schalte die Stehlampe aus", language="en")
    english = said(intents, house, "turn off the Stehlampe", language="de")
    assert isinstance(german, Command)
    assert isinstance(english, Command)
    assert (german.language, english.language) == ("de", "en")
    assert german.actions == english.actions


def test_stop_is_understood_in_every_language_whatever_is_active() -> None:
    intents = Intents(["en"])
    for word in (
        "stop",
        "Stop!!",
        "STOP EVERYTHING",
        "claw, stop",
        "notaus",
        "arrête tout",
        "noodstop",
        "紧急停止",
        "停止",
    ):
        assert intents.control(word, Origin("web")) == Control("stop", intents.control(word, Origin("web")).language), (
            word
        )  # type: ignore[union-attr]
    for word in ("stop the music", "stop the vacuum", "don't stop", "stop it raining"):
        assert intents.control(word, Origin("web")) is None, word


def test_an_unknown_language_is_refused_at_the_start() -> None:
    with pytest.raises(Broken, match="tlh"):
        Intents(["tlh"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "💡💡",
        "x" * 1001,
        "turn on \x00 the lights",
        "turn on \u202e the lights",
        "turn on the l\u200bamp",
        "turn on the l\u0430mp",
        "\ud800",
    ],
)
def test_what_cannot_be_read_is_refused_politely(english: Intents, demo: House, text: str) -> None:
    understood = said(english, demo, text)
    assert isinstance(understood, Unclear)
    assert understood.reason.endswith(".")
    assert len(understood.reason) < 200


def test_hostile_names_neither_break_recognition_nor_act_as_templates() -> None:
    names = [
        "(lamp|lock)",
        "{area}",
        "<the>",
        "[all] lights",
        "a" * 255,
        "\u202elamp",
        "and",
        "Salt & Pepper",
        "%s",
        "🔥",
    ]
    house = parse_house(
        {"entities": [{"entity_id": f"light.n{at}", "name": name, "state": "off"} for at, name in enumerate(names)]}
    )
    intents = Intents(["en"])
    assert form(said(intents, house, "turn on salt and pepper")) == "light.turn_on n7"
    assert isinstance(said(intents, house, "turn on lock"), Unclear)
    assert form(said(intents, house, "turn on area")) == "light.turn_on n1"


VOCABULARY = """turn switch on off the a kitchen front door lock unlock open close everything all lights and then except
but set to 50 percent degrees is are which garage blinds alarm arm disarm garden gate in upstairs brighter , stop vacuum
add milk list not"""
WORDS = st.sampled_from(VOCABULARY.split())


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join)))
def test_any_text_is_answered_and_never_acts_on_what_does_not_exist(text: str) -> None:
    intents, demo = _shared()
    understood = said(intents, demo, text)
    if isinstance(understood, Command):
        assert understood.actions
        for action in understood.actions:
            assert action.entities
            assert all(entity in demo.registry.entities for entity in action.entities)
            assert all(entity.startswith(f"{action.domain}.") for entity in action.entities)
            if action.name == "lock.unlock":
                assert "unlock" in text
            if action.name.startswith("cover.open"):
                assert "open" in text


_SHARED: list[tuple[Intents, House]] = []


def _shared() -> tuple[Intents, House]:
    if not _SHARED:
        _SHARED.append((Intents(["en"]), load_house(DEMO)))
    return _SHARED[0]


def test_an_empty_house_understands_controls_and_the_time() -> None:
    house = House(Registry(), {})
    intents = Intents(["en"])
    assert form(said(intents, house, "what time is it")) == "time -"
    assert form(said(intents, house, "stop")) == "stop"
    assert isinstance(said(intents, house, "turn off everything"), Unclear)


def test_what_people_said_is_in_no_cache_once_something_is_forgotten() -> None:
    intents, house = Intents(["en"]), load_house(DEMO)
    intents.recognise("turn on the kitchen light", house, Origin("web"))
    assert intents.erase(Erasure(words=("something else",))) > 0
    assert (intents._known, intents._readings) == ({}, {})
    assert intents.erase(Erasure()) == 0
