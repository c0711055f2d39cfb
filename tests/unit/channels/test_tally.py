"""Counts of what was done: by words of Claw's own, whoever asked and whatever it was about."""

from claw.base.action import SYSTEM, Action, Outcome, OutcomeStatus, Reply
from claw.channels.tally import Tally
from claw.house.backend import Link


def outcome(name: str, status: OutcomeStatus = "done") -> Outcome:
    return Outcome(Action(name, ("light.kitchen",)), status)


def test_a_reply_is_counted_with_the_stages_that_it_came_to() -> None:
    tally = Tally()
    timings = {"recognise": 2.0, "model": 0, "total": 1500.0, "of another room": 3.0}
    tally.replied(Reply("Done.", "done", path="intent", timings=timings))
    tally.replied(Reply("No.", "refused"))
    assert tally.requests == {("intent", "done"): 1, ("none", "refused"): 1}
    assert {stage: spread.count for stage, spread in tally.stages.items() if spread.count} == {
        "recognise": 1,
        "total": 1,
    }
    assert tally.stages["total"].total_s == 1.5


def test_acts_are_counted_by_what_does_them() -> None:
    tally = Tally()
    for name in ("light.turn_on", "lock.unlock", "claw.notify", "claw.model", "mcp.files.read"):
        tally.acted(outcome(name), SYSTEM)
    tally.acted(outcome("light.turn_on", "failed"), SYSTEM)
    assert tally.acts == {
        ("house", "done"): 2,
        ("claw", "done"): 1,
        ("model", "done"): 1,
        ("tool", "done"): 1,
        ("house", "failed"): 1,
    }


def test_late_ends_and_the_link_are_counted() -> None:
    tally = Tally()
    tally.ended(outcome("cover.open_cover", "failed"), SYSTEM)
    tally.linked(Link("ready"))
    tally.linked(Link("lost", "gone"))
    assert (tally.late, tally.links) == ({"failed": 1}, {"ready": 1, "lost": 1})
