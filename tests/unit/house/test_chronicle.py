from claw.house.backend import Link
from claw.house.chronicle import MOST_CHANGES, MOST_RUNS, Chronicle, Past
from claw.house.mirror import Mirror
from claw.house.model import Cause, Change, House, Registry, State
from tests.held_clock import HeldClock

GARAGE, LAMP = "cover.garage", "light.hall"


class Seen:
    def __init__(self) -> None:
        self.clock = HeldClock()
        self.mirror = Mirror(self.clock)
        self.chronicle = Chronicle(self.mirror, self.clock)
        self.sync(closed="closed")

    def sync(self, closed: str) -> None:
        states = {GARAGE: State(closed, changed=self.clock.now(), context="old"), LAMP: State("off", context="old")}
        self.mirror.linked(Link("lost"))
        self.mirror.synced(House(Registry(), states))
        self.mirror.linked(Link("ready"))

    def change(self, entity: str, value: str, context: str | None = None, cause: Cause | None = None) -> None:
        self.mirror.changed([Change(entity, State(value, {}, self.clock.now(), context, cause))])

    def last(self, entity: str = GARAGE) -> Past:
        past = self.chronicle.last(entity)
        assert past is not None
        return past


def test_a_change_is_kept_with_its_context() -> None:
    seen = Seen()
    seen.change(GARAGE, "open", "c1", Cause(user="u"))
    past = seen.last()
    assert (past.value, past.before, past.context, past.cause, past.seen) == (
        "open",
        "closed",
        "c1",
        Cause(user="u"),
        True,
    )


def test_what_was_so_before_claw_looked_has_nobody() -> None:
    past = Seen().last()
    assert (past.value, past.context, past.cause, past.seen) == ("closed", None, None, False)


def test_what_changed_while_the_house_was_out_of_sight_has_nobody() -> None:
    seen = Seen()
    seen.change(GARAGE, "open", "c1", Cause(user="u"))
    seen.sync(closed="closed")
    assert (seen.last().value, seen.last().seen, seen.last().cause) == ("closed", False, None)


def test_a_later_change_of_attributes_does_not_take_the_change_over() -> None:
    seen = Seen()
    seen.change(LAMP, "on", "c1", Cause(user="anna"))
    seen.mirror.changed([Change(LAMP, State("on", {"brightness": 5}, seen.clock.now(), "c2", Cause(user="ben")))])
    assert seen.last(LAMP).cause == Cause(user="anna")
    assert seen.chronicle.written(LAMP, "c2") == seen.clock.now()
    assert seen.chronicle.written(LAMP, "c1") is None


def test_a_device_that_went_away_and_came_back_as_it_was_has_not_changed() -> None:
    seen = Seen()
    seen.change(LAMP, "on", "c1", Cause(user="anna"))
    seen.change(LAMP, "unavailable", "c2")
    seen.change(LAMP, "on", "c3")
    assert seen.last(LAMP).context == "c1"
    seen.change(LAMP, "unavailable", "c4")
    seen.change(LAMP, "off", "c5")
    assert seen.last(LAMP).value == "off"


def test_the_last_time_it_was_so_is_found_after_other_changes() -> None:
    seen = Seen()
    seen.change(GARAGE, "open", "c1")
    seen.clock._elapsed = 60.0
    seen.change(GARAGE, "closed", "c2")
    found = seen.chronicle.latest([GARAGE, LAMP], lambda past: past.value == "open")
    assert found is not None
    assert found.context == "c1"
    assert seen.chronicle.latest([LAMP], lambda past: past.value == "open") is None


def test_automations_and_scripts_are_known_by_their_context() -> None:
    seen = Seen()
    seen.change("automation.evening", "on", "c7")
    seen.change("binary_sensor.motion", "off", "c0")
    seen.change("binary_sensor.motion", "on", "c1")
    assert seen.chronicle.run("c7") == "automation.evening"
    assert seen.chronicle.run(None) is None
    first = seen.chronicle.within("c1")
    assert first is not None
    assert first.entity_id == "binary_sensor.motion"
    assert seen.chronicle.within(None) is None


def test_what_is_kept_has_an_end() -> None:
    seen = Seen()
    for number in range(MOST_CHANGES + 10):
        seen.change(LAMP, f"v{number}", f"c{number}")
        seen.change("sensor.power", str(number), f"s{number}")
        seen.change("automation.a", "on", f"a{number}")
    assert len(seen.chronicle._ring) == MOST_CHANGES
    assert len(seen.chronicle._runs) == MOST_RUNS
    assert seen.chronicle.within("s1") is None
    seen.mirror.changed([Change(LAMP, None)])
    assert seen.chronicle.last(LAMP) is None
