"""Which requests count, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlite_utils import Database

from claw.base.action import Action, Origin, Outcome, OutcomeStatus
from claw.base.errors import Broken
from claw.program.ran import Problem, Question, Ran
from claw.skills.traces import KEPT, LATELY, Done, Traces
from claw.store.migrations import migrate
from tests.held_clock import HeldClock
from tests.learning_room import HOUSE, NOW, lights, off, on, written

ANNA = Origin("web", "anna", "hall", authenticated=True, conversation="c", source="token 7")
ROLES = {"anna": "owner", "ben": "adult", "mia": "child", "tom": "guest", "kim": "service"}
LAMP = "light.living_room_lamp"


def room() -> tuple[Traces, HeldClock, Database]:
    clock, db = HeldClock(NOW), Database(memory=True)
    migrate(db)
    return Traces(db, clock, ROLES.get), clock, db


def ran(*calls: Action, status: OutcomeStatus = "done") -> Ran:
    return Ran("r", tuple(Outcome(one, status) for one in calls))


def done(*calls: Action, said: str = "make it cosy", origin: Origin = ANNA) -> Done:
    acts = calls or (on(LAMP, brightness_pct=30),)
    return Done(said, origin, "en", written(acts), ran(*acts), HOUSE, "scripted", 120, 17)


def test_what_was_kept_comes_back_as_it_was() -> None:
    traces, _, _ = room()
    kept = traces.keep(done())
    assert kept is not None
    (found,) = traces.get([kept.id])
    assert found == kept
    assert found.before[LAMP]["brightness"] == 128
    assert (found.entry, found.tokens, found.model, found.place) == (17, 120, "scripted", "hall")
    assert found.origin.source == ""  # who asked is kept, and through which client is nobody's business here


@pytest.mark.parametrize(
    "origin",
    [
        replace(ANNA, authenticated=False),
        replace(ANNA, person=None),
        replace(ANNA, person="mia"),
        replace(ANNA, person="tom"),
        replace(ANNA, person="kim"),
        replace(ANNA, person="nobody"),
        replace(ANNA, channel="voice:hall"),
        replace(ANNA, channel="screen:hall"),
        replace(ANNA, asks_only=True),
        replace(ANNA, taint=("mail",)),
        replace(ANNA, routine="morning"),
        replace(ANNA, skill="cosy"),
    ],
)
def test_only_grown_ups_who_asked_themselves_count(origin: Origin) -> None:
    traces, _, db = room()
    assert traces.keep(done(origin=origin)) is None
    assert db["skill_traces"].count == 0


@pytest.mark.parametrize(
    "bad",
    [
        ran(on(LAMP), status="failed"),
        ran(on(LAMP), status="refused"),
        ran(on(LAMP), status="unknown"),
        Ran("r"),
        replace(ran(on(LAMP)), problem=Problem("failed", "no")),
        replace(ran(on(LAMP)), taint=("mail",)),
        replace(ran(on(LAMP)), waiting="the washer"),
        replace(ran(on(LAMP)), question=Question("q", "Which?", (), NOW)),
        ran(Action("claw.remember", (), {"text": "x"})),
        ran(Action("claw.schedule", (), {"spec": "{}"})),
        ran(Action("lock.lock", ("lock.front_door",), {"code": "4711"})),
        ran(*[on(LAMP) for _ in range(51)]),
    ],
)
def test_only_what_went_well_at_once_counts(bad: Ran) -> None:
    traces, _, _ = room()
    assert traces.why_not(replace(done(), ran=bad)) != ""
    assert traces.keep(replace(done(), ran=bad)) is None


def test_a_second_program_a_code_and_what_asks_elsewhere_do_not_count() -> None:
    traces, _, _ = room()
    assert traces.keep(replace(done(), programs=2)) is None
    assert traces.keep(done(said="lock up with code 4711")) is None
    assert traces.keep(done(said="lock up with code ****")) is None
    assert traces.keep(replace(done(), source="x = await ask('Which?')\nawait call('light.turn_on', x)")) is None
    warm = done(on(LAMP, color_temp_kelvin=2700), said="lamp at 2700 kelvin")
    assert traces.keep(warm) is not None


@pytest.mark.parametrize("look", ["state('person.anna') == 'home'", "find(domain='person', state='home')"])
def test_where_somebody_was_is_not_kept(look: str) -> None:
    traces, _, db = room()
    source = f"if {look}:\n    await call('light.turn_on', {LAMP!r})"
    assert traces.keep(replace(done(on(LAMP)), source=source)) is None
    assert db["skill_traces"].count == 0


def test_alike_is_what_the_same_person_had_done_by_the_same_acts() -> None:
    traces, _, _ = room()
    first = traces.keep(done(said="one"))
    second = traces.keep(done(on(*lights("bedroom"), brightness_pct=5), said="two"))
    traces.keep(done(off(LAMP), said="three"))
    traces.keep(done(said="four", origin=replace(ANNA, person="ben")))
    assert first is not None
    assert second is not None
    assert [one.said for one in traces.alike(second)] == ["one", "two"]
    assert traces.undone(first.id) == ""
    assert [one.said for one in traces.alike(second)] == ["two"]
    assert traces.get([first.id]) == ()


def test_the_last_of_a_talk_is_its_own_and_lately() -> None:
    traces, clock, _ = room()
    kept = traces.keep(done())
    assert traces.last(ANNA) == kept
    assert traces.last(replace(ANNA, conversation="other")) is None
    assert traces.last(replace(ANNA, person="ben")) is None
    assert traces.last(replace(ANNA, conversation="")) is None
    clock._elapsed += (LATELY + timedelta(seconds=1)).total_seconds()
    assert traces.last(ANNA) is None


def test_what_a_skill_was_made_of_is_known_and_old_requests_go() -> None:
    traces, clock, _ = room()
    kept = traces.keep(done())
    assert kept is not None
    traces.made([kept.id], "cosy")
    assert [one.skill for one in traces.of("cosy")] == ["cosy"]
    assert traces.of("") == ()
    assert traces.undone(kept.id) == "cosy"
    clock._elapsed += KEPT.total_seconds() - 1
    assert traces.expire() == 0
    clock._elapsed += 2
    assert traces.expire() == 1


async def test_old_requests_are_looked_for_once_a_day() -> None:
    traces, clock, db = room()
    await traces.look()
    traces.keep(done())
    clock._elapsed += KEPT.total_seconds() + 1
    await traces.look()
    assert db["skill_traces"].count == 0
    traces.keep(done())
    db.execute("UPDATE skill_traces SET at = '2020'")
    await traces.look()
    assert db["skill_traces"].count == 1


def test_what_a_program_searched_for_is_kept_too_and_texts_never() -> None:
    traces, _, _ = room()
    search = "for x in find(domain='light', area='bedroom', state='on'):\n    await call('light.turn_off', x)"
    kept = traces.keep(replace(done(off("light.bedroom_ceiling")), source=search))
    assert kept is not None
    assert set(kept.before) == set(lights("bedroom"))
    player = "media_player.living_room_tv"
    seen = traces.keep(done(Action("media_player.media_play", (player,))))
    assert seen is not None
    assert not {"media_title", "friendly_name"} & set(seen.before.get(player, {}))


def test_a_row_that_cannot_be_read_is_broken_and_never_a_guess() -> None:
    traces, _, db = room()
    kept = traces.keep(done())
    assert kept is not None
    for column, value in (("calls", "[1]"), ("origin", "{}"), ("before", "{"), ("at", "soon")):
        db["skill_traces"].update(kept.id, {column: value})  # type: ignore[union-attr]
        with pytest.raises(Broken):
            traces.get([kept.id])
