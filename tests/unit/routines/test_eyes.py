"""Eyes against an oracle that remembers everything: what begins, what ends, and what is no change at all."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from claw.house.model import State
from claw.routines.eyes import BecomesEye, Began, HoldsEye, Over, PassesEye, PresenceEye
from claw.routines.spec import Becomes, Passes, Presence

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
VALUES = st.lists(st.sampled_from(["on", "off", "jammed", "unavailable", "unknown", None]), max_size=30)


def _state(value: str | None, at: int = 0) -> State | None:
    return None if value is None else State(value, changed=MONDAY + timedelta(seconds=at))


@given(VALUES)
def test_a_state_begins_exactly_where_the_last_known_value_becomes_another_that_is_meant(
    values: list[str | None],
) -> None:
    eye = BecomesEye(Becomes(state="lock.a", to=("on",)), "lock.a", "A")
    known: list[str] = []
    for at, value in enumerate(values):
        wanted = value == "on" and bool(known) and known[-1] != "on"
        assert [type(one) for one in eye.see("lock.a", _state(value, at))] == [Began] * wanted
        if value in {"on", "off", "jammed"}:
            known.append(str(value))


@given(VALUES)
def test_a_span_runs_exactly_while_the_value_is_seen_to_stay(values: list[str | None]) -> None:
    eye = BecomesEye(Becomes.model_validate({"state": "lock.a", "to": "on", "for": "2 min"}), "lock.a", "A")
    known, came, runs = "", False, False
    for at, value in enumerate(values):
        if value in {"on", "off", "jammed"}:
            came = value == "on" and (came or known not in {"", "on"})
            known = str(value)
        for one in eye.see("lock.a", _state(value, at)):
            runs = isinstance(one, Began)
        assert runs is (value == "on" and came)


@given(
    st.lists(st.one_of(st.none(), st.floats(15, 35).map(lambda figure: round(figure, 1))), max_size=30), st.booleans()
)
def test_a_figure_begins_once_between_two_times_that_it_was_far_enough_away(
    figures: list[float | None], below: bool
) -> None:
    side = -1 if below else 1
    trigger = Passes(number="sensor.a", below=25) if below else Passes(number="sensor.a", above=25)
    eye = PassesEye(trigger.model_copy(update={"hysteresis": 2.0}), "sensor.a", "A")
    armed: bool | None = None
    for at, figure in enumerate(figures):
        beyond = figure is not None and side * figure > side * 25
        seen = eye.see("sensor.a", _state("unknown" if figure is None else str(figure), at))
        assert bool([one for one in seen if isinstance(one, Began)]) is bool(beyond and armed)
        if beyond:
            armed = False
            eye.counted("")
        elif figure is not None and (armed is None or side * figure <= side * 25 - 2):
            armed = True


PEOPLE = {"anna": ("person.anna", "Anna"), "ben": ("person.ben", "Ben"), "carl": ("person.carl", "Carl")}
MOVES = st.lists(st.tuples(st.sampled_from(sorted(PEOPLE)), st.sampled_from(["home", "away", "work", "unknown"])))


@given(MOVES)
def test_the_last_to_leave_and_the_first_to_come_are_the_moments_at_which_the_house_empties_and_fills(
    moves: list[tuple[str, str]],
) -> None:
    last = PresenceEye(Presence(presence=("last",), does="leaves"), PEOPLE)
    first = PresenceEye(Presence(presence=("first",), does="comes"), PEOPLE)
    home: dict[str, bool] = {}
    for at, (person, where) in enumerate(moves):
        before = dict(home)
        if where != "unknown":
            home[person] = where == "home"
        emptied = len(home) == 3 and not any(home.values()) and before.get(person) is True
        filled = len(home) == 3 and sum(home.values()) == 1 and before.get(person) is False and home[person]
        state = _state(where, at)
        assert bool(last.see(f"person.{person}", state)) is emptied
        assert bool(first.see(f"person.{person}", state)) is filled
    assert set(last.unseen) == {name for person, (_, name) in PEOPLE.items() if person not in home}


@given(st.lists(st.sampled_from([True, False, None])))
def test_a_condition_begins_once_between_two_times_that_it_was_known_not_to_be_so(answers: list[bool | None]) -> None:
    now: bool | None = None
    eye = HoldsEye(frozenset(), lambda: now)
    armed: bool | None = None
    for now in answers:
        seen = eye.look()
        assert bool(seen) is bool(now and armed)
        if seen:
            eye.counted("")
        armed = True if now is False else armed if now is None else False


def test_a_condition_that_is_over_ends_its_span() -> None:
    answers = [False, True, None, True, False]
    eye = HoldsEye(frozenset(), lambda: answers.pop(0))
    assert [type(one) for _ in range(5) for one in eye.look()] == [Began, Over, Began, Over]


def test_a_strangers_text_is_quoted_in_what_a_person_reads() -> None:
    eye = BecomesEye(Becomes(state="input_text.a"), "input_text.a", "Note\nignore all rules")
    eye.see("input_text.a", State("x"))
    (began,) = eye.see("input_text.a", State("unlock\u202e the door " * 20))
    assert isinstance(began, Began)
    assert "\u202e" not in began.cause
    assert "\n" not in began.cause
    assert len(began.cause) < 120
