"""What one person may read of what another asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from claw.audit.entries import Entry
from claw.base.action import SYSTEM, Action, Json, Origin, Pending, Terms
from claw.base.errors import Refused
from claw.channels.veil import HIDDEN, NOBODY, Veil, Whose, addressed, mine, shown_action, shown_question, unseen

NOW = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)
ANNA = Origin("web", "anna", authenticated=True, source="client 1", conversation="web:1:main")
BEN = Origin("web", "ben", authenticated=True, source="client 2", conversation="web:2:main")
VOICE = Origin("voice:hall", place="hall", source="hall", conversation="voice:hall")
UID = Origin("cli", source="uid 1000", conversation="cli:1000:main")


class Rows:
    """A log in a list."""

    def __init__(self, *rows: tuple[str, Origin | None, int | None, Json]) -> None:
        self.rows = [
            Entry(at, NOW, kind, origin, parent, payload, {}, b"")
            for at, (kind, origin, parent, payload) in enumerate(rows, 1)
        ]
        self.asked = 0

    def entry(self, seq: int) -> Entry | None:
        self.asked += 1
        return self.rows[seq - 1] if 0 < seq <= len(self.rows) else None

    def children(self, seq: int) -> list[Entry]:
        return [one for one in self.rows if one.parent == seq]

    def entries(self, after: int, limit: int, *, newest_first: bool, kinds: Sequence[str]) -> list[Entry]:
        del newest_first, kinds
        return self.rows[after : after + limit]


def read(viewer: Origin, *rows: tuple[str, Origin | None, int | None, Json]) -> list[Json]:
    return [one.payload for one in Veil(Whose(Rows(*rows)), viewer).entries(0, 100)]


LIGHT = {"name": "light.turn_on", "entities": ["light.a"], "data": {"brightness_pct": 30}}
SECRET = "the surprise for Ben is in the shed"
REMEMBER = {"name": "claw.remember", "entities": [], "data": {"op": "keep", "sentence": SECRET, "fact": SECRET}}
TELL = {"name": "claw.notify", "entities": [], "data": {"to": "person:carl", "text": SECRET, "kind": "note"}}
WRITE = {"name": "input_text.set_value", "entities": ["input_text.a"], "data": {"value": SECRET}}


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("request", {"said": SECRET, "actions": [REMEMBER, TELL, WRITE], "rules": ["keep"]}),
        ("intent", {"said": SECRET, "action": REMEMBER, "rule": "keep"}),
        ("intent", {"said": SECRET, "action": TELL}),
        ("intent", {"said": SECRET, "action": WRITE}),
        ("refusal", {"said": SECRET, "actions": [REMEMBER], "why": SECRET}),
        ("refusal", {"said": "", "actions": [LIGHT], "why": f'unknown entity "{SECRET}"'}),
        ("question", {"id": "q1", "question": f"Remember that {SECRET}?"}),
        ("answer", {"question": "q1", "why": SECRET, "actions": [WRITE]}),
        ("program", {"run": "r1", "said": SECRET, "source": f"await notify({SECRET!r})"}),
        ("rehearsal", {"run": "r1", "acts": [{"line": 1, "action": TELL}]}),
        ("calls", {"run": "r1", "calls": [{"line": 1, "call": "notify", "times": 1, "entries": [], "text": SECRET}]}),
        ("ended", {"run": "r1", "how": "failed", "why": SECRET}),
        ("a kind of later", {"anything": SECRET, "deep": {"er": [SECRET]}, "many": [SECRET]}),
    ],
)
def test_of_what_another_asked_for_no_word_is_left(kind: str, payload: dict[str, Json]) -> None:
    row = (kind, ANNA, None, payload)
    for viewer in (BEN, UID, VOICE, NOBODY, replace(ANNA, authenticated=False), replace(ANNA, channel="screen:hall")):
        (left,) = read(viewer, row)
        assert SECRET not in str(left)
        assert left["private"] is True
    assert read(ANNA, row) == [payload]


def test_what_was_done_and_why_it_was_allowed_is_left() -> None:
    intent = {
        "said": "x",
        "action": LIGHT,
        "rule": "comfort",
        "effect": "allow",
        "before": {"light.a": "off"},
        "seen": {},
    }
    outcome = {"status": "done", "detail": 'the lamp said "no"', "after": {"light.a": "on"}, "timings": {"disk": 1.0}}
    first, second = read(BEN, ("intent", ANNA, None, intent), ("outcome", None, 1, outcome))
    assert first == {key: value for key, value in intent.items() if key != "said"} | {"private": True}
    assert second == outcome | {"detail": "the lamp said (…)", "private": True}


def test_what_came_of_an_act_belongs_to_whoever_asked_for_it() -> None:
    rows = (
        ("intent", ANNA, None, {"action": REMEMBER}),
        ("outcome", None, 1, {"status": "failed", "detail": SECRET, "response": {"sentence": SECRET}}),
    )
    assert SECRET not in str(read(BEN, *rows)[1])
    assert SECRET in str(read(ANNA, *rows)[1])


def test_a_row_that_names_itself_or_a_later_one_as_its_parent_is_nobodys() -> None:
    for parent in (1, 2, 99):
        assert SECRET not in str(read(ANNA, ("outcome", None, parent, {"status": "done", "detail": f'"{SECRET}"'})))


def test_where_people_were_is_in_no_log_but_other_states_are() -> None:
    seen = {"person.anna": "home", "device_tracker.phone": "home", "sun.sun": "up"}
    for kind, viewer in (("intent", ANNA), ("intent", BEN), ("breach", BEN)):
        (left,) = read(viewer, (kind, ANNA, None, {"action": LIGHT, "seen": seen}))
        assert left["seen"] == {"sun.sun": "up"}


def test_an_erased_payload_stays_erased_and_the_switch_is_open() -> None:
    assert read(BEN, ("intent", ANNA, None, None)) == [None]
    assert read(BEN, ("stop", ANNA, None, {"reason": "smoke"})) == [{"reason": "smoke"}]


def test_of_a_message_who_it_is_for_sees_the_text() -> None:
    action = Action("claw.notify", (), {"to": "person:ben", "text": SECRET})
    assert shown_action(action, BEN).data["text"] == SECRET
    assert shown_action(action, ANNA).data["text"] == HIDDEN


def test_words_of_a_device_are_its_own_and_what_a_person_wrote_is_not() -> None:
    heat = Action("climate.set_hvac_mode", ("climate.a",), {"hvac_mode": "heat"})
    assert shown_action(heat, BEN) == heat
    assert shown_action(Action("light.turn_on", (), {"rgb_color": [1, 2, 3]}), BEN).data["rgb_color"] == [1, 2, 3]
    assert shown_action(Action("tts.speak", (), {"message": SECRET}), BEN).data == {"message": HIDDEN}
    assert shown_action(Action("x.y", (), {"a": [SECRET], "b": {"c": SECRET}}), BEN).data == {"a": HIDDEN, "b": HIDDEN}


@pytest.mark.parametrize(
    ("origin", "viewer", "own"),
    [
        (ANNA, ANNA, True),
        (ANNA, replace(ANNA, channel="cli", source="uid 0"), True),
        (ANNA, BEN, False),
        (replace(ANNA, authenticated=False), ANNA, False),
        (VOICE, VOICE, False),
        (UID, UID, True),
        (UID, replace(UID, source="uid 1"), False),
        (replace(UID, source=""), replace(UID, source=""), False),
        (replace(ANNA, channel="screen:hall"), replace(ANNA, channel="screen:hall"), False),
        (SYSTEM, SYSTEM, False),
        (None, ANNA, False),
    ],
)
def test_words_are_known_by_who_was_proved_to_say_them(origin: Origin | None, viewer: Origin, *, own: bool) -> None:
    assert mine(origin, viewer) is own


@pytest.mark.parametrize(
    ("to", "own"),
    [
        ("everyone", True),
        ("place:hall", True),
        ("person:anna", True),
        ("person:ben", False),
        ("conversation:web:1:main", True),
        ("conversation:web:1:other", True),
        ("conversation:web:11:main", False),
        ("conversation:", False),
        ("", False),
    ],
)
def test_a_message_is_for_whom_it_goes_to(to: str, *, own: bool) -> None:
    assert addressed(to, ANNA) is own
    assert not addressed("conversation:", NOBODY)
    assert not addressed("person:anna", replace(ANNA, authenticated=False))


def pending(*actions: Action) -> Pending:
    before = {"person.anna": "home", "lock.a": "locked"}
    return Pending("q1", SECRET, actions, ANNA, Terms(), "keep", before, NOW, NOW + timedelta(minutes=2), 1)


def anybody(_: Sequence[Terms]) -> None:
    """Let everybody answer."""


def no_one(_: Sequence[Terms]) -> None:
    raise Refused("not yours to answer")


def test_whoever_may_answer_sees_what_a_yes_is_for_and_others_see_no_words() -> None:
    said = pending(Action("tts.speak", ("tts.a",), {"message": SECRET}))
    assert shown_question(said, BEN, anybody) == said
    assert SECRET not in str(shown_question(said, BEN, no_one))
    plain = pending(Action("lock.unlock", ("lock.a",)))
    assert shown_question(plain, BEN, no_one) == plain, "which lock is to be opened is nobody's word"


def test_what_is_kept_for_somebody_is_seen_by_nobody_else_whoever_may_answer() -> None:
    keep = pending(Action("claw.remember", (), {"op": "keep", "sentence": SECRET}))
    assert SECRET not in str(shown_question(keep, BEN, anybody))
    assert "person.anna" not in shown_question(keep, BEN, anybody).before
    assert shown_question(keep, ANNA, no_one) == keep


def test_an_owner_sees_the_skill_that_somebody_else_wants_and_may_say_yes_to_it() -> None:
    wants = pending(Action("claw.skill_accept", (), {"skill": SECRET, "hash": "ab" * 32}))
    assert shown_question(wants, BEN, anybody) == wants
    assert not unseen(wants, BEN)
    assert SECRET not in str(shown_question(wants, BEN, no_one))


@pytest.mark.parametrize("name", ["claw.schedule", "claw.routine_change"])
def test_whoever_decides_about_somebody_elses_routine_sees_it_and_nobody_else_does(name: str) -> None:
    wants = pending(Action(name, (), {"routine": "r1", "spec": SECRET}))
    assert shown_question(wants, BEN, anybody) == wants
    assert not unseen(wants, BEN)
    assert SECRET not in str(shown_question(wants, BEN, no_one))


def test_of_somebody_elses_routine_its_id_and_its_steps_are_told() -> None:
    step: dict[str, Json] = {"routine": "r1", "step": "pause", "state": "paused"}
    left, act = read(
        BEN,
        ("routine", ANNA, None, {**step, "why": SECRET}),
        ("intent", ANNA, None, {"action": {"name": "claw.routine_change", "data": {"routine": "r1", "spec": SECRET}}}),
    )
    assert left == {**step, "private": True}
    assert (act["action"]["data"]["routine"], SECRET in str(act)) == ("r1", False)


def test_of_a_skill_that_was_learned_from_somebody_only_the_step_is_told() -> None:
    payload: dict[str, Json] = {"skill": SECRET, "hash": "h", "why": SECRET, "what": "demoted", "state": "shadow"}
    (left,) = read(BEN, ("skill", ANNA, None, {**payload, "made": "learned"}))
    assert left == {"what": "demoted", "state": "shadow", "private": True}
    assert read(ANNA, ("skill", ANNA, None, payload)) == [payload]
    shipped = {**payload, "made": "shipped"}
    assert read(BEN, ("skill", None, None, shipped)) == [shipped]


def test_whose_an_entry_is_is_looked_up_once() -> None:
    rows = Rows(("intent", ANNA, None, {"action": LIGHT}), *[("outcome", None, 1, {"status": "done"})] * 20)
    Veil(Whose(rows), BEN).entries(0, 100)
    assert rows.asked == 0, "the intent went by before its outcomes"
