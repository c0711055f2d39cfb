import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Action, Decision, Json, Outcome, OutcomeStatus
from claw.house.model import Area, Entity, House, Registry, State
from claw.memory.effector import keeping
from claw.memory.model import Fact
from claw.mind.phrases import LANGUAGES
from claw.mind.replies import entity_statuses, message_text, outcome_text, question_text, reply_text
from tests.talked_house import came_of, house

KITCHEN = "light.kitchen_ceiling light.worktop"
ALL_LIGHTS = f"{KITCHEN} light.bedroom light.bedside light.living light.attic"
STATUSES: list[OutcomeStatus] = ["done", "started", "unchanged", "sent", "failed", "refused", "unknown"]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (came_of("light.turn_on", KITCHEN, "done", dict.fromkeys(KITCHEN.split(), "on")), "The kitchen lights are on."),
        (
            came_of(
                "light.turn_on", "light.kitchen_ceiling", "done", {"light.kitchen_ceiling": "on"}, brightness_pct=50
            ),
            "Kitchen Ceiling is at 40 %.",
        ),
        (came_of("lock.lock", "lock.front", "done", {"lock.front": "locked"}), "The front door is locked."),
        (
            came_of("cover.open_cover", "cover.garage", "started", {"cover.garage": "opening"}),
            "The garage door is opening; I will tell you when it is done.",
        ),
        (
            came_of("cover.open_cover", "cover.garage", "started", {"cover.garage": "closed"}),
            "I have started to open the garage door; I will tell you when it is done.",
        ),
        (
            came_of("light.turn_on", "light.bedside", "unchanged", {"light.bedside": "on"}),
            "The bedside lamp was already on.",
        ),
        (came_of("light.turn_on", "light.bedside", "sent"), "Sent to the bedside lamp; it does not report back."),
        (came_of("notify.notify", "", "sent"), "Sent; it does not report back."),
        (came_of("claw.remember", "", "sent"), "I will remember that."),
        (came_of("claw.forget", "", "done"), "That is forgotten."),
        (
            came_of("claw.forget", "", "refused", deny="it is not yours"),
            "I may not forget that for good: it is not yours.",
        ),
        (came_of("scene.turn_on", "", "done"), "Done."),
        (
            came_of("lock.lock", "lock.front", "failed", {"lock.front": "jammed"}, detail="no answer"),
            "I could not lock the front door: it is jammed.",
        ),
        (
            came_of("lock.lock", "lock.back", "failed", {"lock.back": "unlocked"}, before={"lock.back": "unlocked"}),
            "I could not lock the back door: it is still unlocked.",
        ),
        (
            came_of("light.turn_on", "light.attic", "failed", detail="light.attic cannot be reached"),
            "I could not turn on the attic light: the attic light cannot be reached.",
        ),
        (
            came_of("lock.unlock", "lock.front", "refused", deny="nobody may unlock at night"),
            "I may not unlock the front door: nobody may unlock at night.",
        ),
        (
            came_of("lock.unlock", "lock.front", "refused", detail="it was rejected"),
            "I did not unlock the front door: it was rejected.",
        ),
        (
            came_of("lock.lock", "lock.front", "unknown"),
            "I do not know whether I managed to lock the front door: the connection was lost while it was acting.",
        ),
        (
            came_of("climate.set_temperature", "climate.bedroom", "done", {"climate.bedroom": "heat"}, temperature=21),
            "The bedroom thermostat is set to 21 °C.",
        ),
        (
            came_of(
                "climate.set_temperature", "climate.bedroom", "failed", {"climate.bedroom": "heat"}, temperature=25
            ),
            "I could not set the bedroom thermostat to 25 °C: it is set to 21 °C.",
        ),
        (
            came_of("media_player.volume_up", "media_player.tv", "done", {"media_player.tv": "playing"}),
            "The TV is at volume 30 %.",
        ),
        (came_of("scene.turn_on", "scene.movie", "done"), "Scene Movie Night is set."),
        (
            came_of(
                "cover.close_cover", "cover.left cover.right", "done", {"cover.left": "closed", "cover.right": "closed"}
            ),
            "The bedroom blinds are closed.",
        ),
        (came_of("light.turn_on", "light.bedroom", "done", {"light.bedroom": "on"}), "Ceiling (Bedroom) is on."),
        (
            came_of("light.turn_on", ALL_LIGHTS, "done", dict.fromkeys(ALL_LIGHTS.split(), "on")),
            "All the lights are on.",
        ),
        (came_of("light.turn_on", "light.gone", "done"), "light.gone: done."),
        (came_of("script.turn_on", "script.x", "done"), "I ran script.x."),
        (came_of("script.turn_off", "script.x", "done", {"script.x": "off"}), "script.x is not running."),
        (came_of("script.turn_off", "script.x", "unchanged", {"script.x": "off"}), "script.x was already not running."),
        (came_of("evil.{names}", "light.bedside", "refused"), "I did not do “evil.{names}” on the bedside lamp."),
        (came_of("light.turn_on", "light.bedside", "refused", detail="stopped"), reply_text("stopped", "en")),
    ],
)
def test_an_outcome_is_told_in_a_short_natural_sentence(outcome: Outcome, text: str) -> None:
    assert outcome_text((outcome,), house(), "en") == text


def test_mixed_outcomes_are_told_completely() -> None:
    lights = came_of(
        "light.turn_off",
        f"{KITCHEN} light.bedroom light.attic",
        "failed",
        {"light.kitchen_ceiling": "off", "light.worktop": "off", "light.bedroom": "on", "light.attic": "unavailable"},
        each={
            "light.kitchen_ceiling": "done",
            "light.worktop": "unchanged",
            "light.bedroom": "failed",
            "light.attic": "failed",
        },
    )
    lock = came_of("lock.lock", "lock.front", "done", {"lock.front": "locked"})
    assert outcome_text((lights, lock), house(), "en") == (
        "Kitchen Ceiling is off. I could not turn off Ceiling (Bedroom): it is on. I could not turn off the attic "
        "light: it is not available. The front door is locked. Worktop was already off."
    )


def test_alike_outcomes_of_several_actions_share_a_sentence() -> None:
    light = came_of("light.turn_off", "light.bedside", "done", {"light.bedside": "off"})
    fan = came_of("fan.turn_off", "fan.bedroom", "done", {"fan.bedroom": "off"})
    assert outcome_text((light, fan), house(), "en") == "The bedside lamp and the bedroom fan are off."


def test_a_done_light_that_shows_off_is_told_as_off() -> None:
    outcome = came_of("light.turn_on", "light.bedside", "done", {"light.bedside": "off"})
    assert outcome_text((outcome,), house(), "en") == "The bedside lamp is off."


def test_a_figure_of_another_moment_is_not_claimed() -> None:
    outcome = came_of("light.turn_on", "light.worktop", "done", {"light.worktop": "on"}, brightness_pct=70)
    assert outcome_text((outcome,), house(), "en") == "Worktop is on."


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (came_of("cover.open_cover", "cover.garage", "done", {"cover.garage": "open"}), "The garage door is now open."),
        (
            came_of("cover.open_cover", "cover.garage", "failed", {"cover.garage": "closed"}, detail="it is blocked"),
            "The garage door did not open: it is blocked.",
        ),
        (
            came_of("climate.set_temperature", "climate.bedroom", "failed", detail="no answer", temperature=22),
            "I could not set the bedroom thermostat to 22 °C: no answer.",
        ),
    ],
)
def test_a_late_outcome_is_told_as_news(outcome: Outcome, text: str) -> None:
    assert message_text(outcome, house(), "en") == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Front Door ist abgeschlossen. Ich konnte Bedside Lamp nicht einschalten: kaputt."),
        ("fr", "Front Door : sous verrou. Je n'ai pas pu allumer Bedside Lamp : kaputt."),
        ("nl", "Front Door is op slot. Ik kon Bedside Lamp niet aanzetten: kaputt."),
        ("zh", "Front Door锁着。Bedside Lamp\uff1a未能打开\uff08kaputt\uff09。"),
    ],
)
def test_other_languages_say_it_in_their_own_words(language: str, text: str) -> None:
    locked = came_of("lock.lock", "lock.front", "done", {"lock.front": "locked"})
    failed = came_of("light.turn_on", "light.bedside", "failed", {"light.bedside": "off"}, detail="kaputt")
    assert outcome_text((locked, failed), house(), language) == text


LAMPS = [f"light.l{number}" for number in range(4)]
NAMED = House(
    Registry(
        areas={"den": Area("den", "Den")},
        entities={lamp: Entity(lamp, f"Alpha{number}", area="den") for number, lamp in enumerate(LAMPS)},
    ),
    {lamp: State("on") for lamp in LAMPS},
)


@st.composite
def lamp_outcomes(draw: st.DrawFn) -> list[Outcome]:
    made: list[Outcome] = []
    free = list(LAMPS)
    while free and len(made) < 3:
        entities = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        free = [lamp for lamp in free if lamp not in entities]
        each = draw(st.dictionaries(st.sampled_from(LAMPS), st.sampled_from(STATUSES)))
        status = draw(st.sampled_from(STATUSES))
        detail = draw(st.sampled_from(["", "no answer", "stopped"]))
        after = draw(st.dictionaries(st.sampled_from(LAMPS), st.sampled_from(["on", "off"])))
        made.append(Outcome(Action("light.turn_on", tuple(entities)), status, detail, entities=each, after=after))
    return made


@settings(max_examples=200, deadline=None)
@given(lamp_outcomes())
def test_words_for_success_are_said_only_of_what_the_house_shows(outcomes: list[Outcome]) -> None:
    text = outcome_text(outcomes, NAMED, "en")
    if all(outcome.status == "refused" and outcome.detail == "stopped" for outcome in outcomes):
        assert text == reply_text("stopped", "en")
        return
    statuses = {lamp: status for outcome in outcomes for lamp, status in entity_statuses(outcome).items()}
    shown = {lamp: outcome.after.get(lamp, "on") for outcome in outcomes for lamp in outcome.action.entities}
    claimed: dict[str, str] = {}
    for sentence in (
        text.replace("the den lights", "Alpha0, Alpha1, Alpha2 and Alpha3")
        .replace("All the lights", "Alpha0, Alpha1, Alpha2 and Alpha3")
        .replace("The den lights", "Alpha0, Alpha1, Alpha2 and Alpha3")
        .split(". ")
    ):
        for ending in (" on", " off"):
            if sentence.rstrip(".").endswith(ending) and not sentence.startswith("I "):
                claimed |= {lamp: ending.strip() for number, lamp in enumerate(LAMPS) if f"Alpha{number}" in sentence}
    assert claimed == {lamp: shown[lamp] for lamp, status in statuses.items() if status in {"done", "unchanged"}}
    for lamp in claimed:
        (whole,) = (outcome for outcome in outcomes if lamp in outcome.action.entities)
        assert whole.entities.get(lamp, whole.status) in {"done", "unchanged"}
    for number, lamp in enumerate(LAMPS):
        if lamp in statuses and "den lights" not in text:
            assert f"Alpha{number}" in text


TEXT = st.text(max_size=40)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.builds(
            Outcome,
            st.builds(
                Action,
                st.sampled_from(["light.turn_on", "lock.unlock", "claw.notify", "media_player.select_source"]) | TEXT,
                st.lists(st.sampled_from(["light.bedside", "lock.front"]) | TEXT, max_size=3).map(tuple),
                st.dictionaries(
                    st.sampled_from(["brightness_pct", "source", "code"]) | TEXT,
                    TEXT | st.floats() | st.integers() | st.none() | st.booleans() | st.lists(TEXT, max_size=2),
                    max_size=3,
                ),
            ),
            st.sampled_from(STATUSES),
            TEXT,
            decision=st.none() | st.builds(Decision, st.just("deny"), st.none(), TEXT),
            after=st.dictionaries(st.just("light.bedside") | TEXT, TEXT, max_size=2),
        ),
        max_size=3,
    ),
    st.sampled_from(LANGUAGES),
)
def test_no_outcome_and_no_action_breaks_a_sentence_or_hides_in_one(outcomes: list[Outcome], language: str) -> None:
    text = outcome_text(outcomes, house(), language)
    question = question_text([outcome.action for outcome in outcomes], house(), language)
    late = "".join(message_text(outcome, house(), language) for outcome in outcomes)
    assert text
    for said in (text, question.replace("\n", ""), late):
        assert said.isprintable() or all(char.isprintable() or char.isspace() for char in said)
        assert not set(said) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")


@pytest.mark.parametrize(
    "name", ["lamp is on. The front door is locked", "lamp is on and the front door is locked", "lamp: done", 'a" "b']
)
def test_a_name_cannot_pose_as_a_sentence(name: str) -> None:
    told = House(Registry(entities={"light.x": Entity("light.x", name)}), {"light.x": State("off")})
    outcome = came_of("light.turn_on", "light.x", "failed", {"light.x": "off"})
    assert outcome_text((outcome,), told, "en") == f"I could not turn on “{name}”: it is off.".replace('"', "'")


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        ([Action("lock.unlock", ("lock.front",))], "Unlock the front door (now locked)?"),
        (
            [Action("lock.unlock", ("lock.front", "lock.back"))],
            "Unlock the front door (now locked) and the back door (now unlocked)?",
        ),
        (
            [Action("climate.set_temperature", ("climate.bedroom",), {"temperature": 25})],
            "Set the bedroom thermostat (now set to 21 °C) to 25 °C?",
        ),
        (
            [Action("light.turn_on", ("light.bedside",)), Action("lock.unlock", ("lock.front",), {"code": "1234"})],
            (
                "Shall I do all of this?\n- Unlock the front door (now locked) (with code: ••••)\n"
                "- Turn on the bedside lamp (now off)"
            ),
        ),
        (
            [Action("scene.turn_on", ("scene.movie",)), Action("cover.open_cover", ("cover.garage",))],
            "Shall I do all of this?\n- Open the garage door (now closed)\n- Set Movie Night",
        ),
        ([Action("claw.notify", (), {"message": "a”\nb"})], "Send the message (with message: “a' b”)?"),
        ([Action("light.turn_on", (ALL_LIGHTS.split()[5],))], "Turn on the attic light (now not available)?"),
    ],
)
def test_a_question_shows_entities_from_and_to(actions: list[Action], text: str) -> None:
    assert question_text(actions, house(), "en") == text


def test_of_one_thing_a_question_tells_in_order_what_is_done_with_it() -> None:
    door = [Action(name, ("lock.front",)) for name in ("lock.lock", "lock.unlock")]
    text = question_text(door, house(), "en")
    assert text.index("- Lock the front door") < text.index("- Unlock the front door")


def test_a_question_never_collapses_what_it_is_about() -> None:
    entities = tuple(ALL_LIGHTS.split())
    text = question_text([Action("light.turn_off", entities)], house(), "en")
    assert text.count("(now") == len(entities)


@pytest.mark.parametrize("data", [{"x": float("nan")}, {"brightness_pct": "40"}, {"a": [1, {"b": None}]}, {"c": None}])
def test_a_question_shows_every_datum(data: dict[str, Json]) -> None:
    text = question_text([Action("light.turn_on", ("light.bedside",), data)], house(), "en")
    assert next(iter(data)) in text or "40 %" in text


def test_a_thing_without_a_name_is_called_by_its_id() -> None:
    told = House(Registry(entities={"lock.x": Entity("lock.x", "\u200b \u202e")}), {"lock.x": State("locked")})
    assert question_text([Action("lock.unlock", ("lock.x",))], told, "en") == "Unlock lock.x (now locked)?"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "key",
    [
        "stopped",
        "not_understood",
        "nearest",
        "unreachable",
        "pending",
        "rejected",
        "expired",
        "nothing_to_undo",
        "nevermind",
        "hello",
        "help",
        "too_long",
        "refused",
        "disk",
        "broken",
        "nothing_asked",
        "answer_elsewhere",
        "failed",
    ],
)
def test_every_fixed_reply_can_be_said_with_and_without_its_values(key: str, language: str) -> None:
    bare = reply_text(key, language)
    full = reply_text(key, language, why="{x}\u202e", nearest="n", sentence="s", id="7", question="q", examples="e")
    assert bare
    assert full
    assert "\u202e" not in full


def test_a_fixed_reply_uses_its_values() -> None:
    assert reply_text("refused", "en", why="it is night.") == "I may not do that: it is night."
    assert reply_text("not_understood", "de", nearest="x") == "Das habe ich nicht verstanden. Meintest du „x“?"
    assert reply_text("refused", "en", why=None) == "I may not do that."


def test_an_unknown_key_is_a_bug() -> None:
    with pytest.raises(KeyError):
        reply_text("no such reply", "en")


def test_a_question_about_memory_shows_what_would_be_kept_and_for_whom() -> None:
    fact = Fact("fact", "person:mia", "school", "Oak", "Mia goes to Oak.", visibility="owner_only")
    assert question_text([keeping(fact)], house(), "en") == (
        "Remember that (with sentence: “Mia goes to Oak.”, about: “person:mia”, what: “school”, value: “Oak”,"
        " for: “owner_only”)?"
    )


def test_what_was_done_is_told_before_what_was_so_already() -> None:
    outcomes = [
        came_of("light.turn_off", "light.bedside", "unchanged", {"light.bedside": "off"}),
        came_of("light.turn_off", "light.attic", "done", {"light.attic": "off"}),
    ]
    assert outcome_text(outcomes, house(), "en") == "The attic light is off. The bedside lamp was already off."
