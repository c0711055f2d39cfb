"""A row says how it ended, also where that came after the run."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw.base.action import Origin, Outcome, OutcomeStatus
from claw.routines.landing import MOST, Landing
from claw.routines.model import Done, Run
from tests.doing_room import Acting, acting, acts
from tests.gate_room import GARAGE, OWNER

ROUTINE = Origin("routine", "anna", authenticated=True, source="routine:evening", routine="evening")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
OPENS = Outcome(GARAGE, "started", audit=7)


def claimed(room: Acting) -> Run:
    routine = room.routine([acts({"action": GARAGE.name, "entities": list(GARAGE.entities)})])
    run = room.book.claim(room.firing(routine))
    assert run is not None
    return run


def landing(room: Acting) -> Landing:
    return Landing(room.book, room.room.mirror)


@pytest.mark.parametrize(("ends", "row"), [("failed", "failed"), ("unknown", "unknown"), ("done", "done")])
async def test_what_ends_after_the_run_puts_its_row_right(ends: OutcomeStatus, row: str, tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        known, run = landing(room), claimed(room)
        done = known.over(run, Done("done", "it opens", (OPENS,)), "en")
        assert done.status == "done"
        room.book.close(run, done)
        known.ended(replace(OPENS, status=ends), ROUTINE)
        known.ended(replace(OPENS, status="failed"), ROUTINE)  # once
        assert room.row(run)[0] == row
        assert not room.book.untold()  # whoever follows the act tells it


@pytest.mark.parametrize(("ends", "row"), [("failed", "failed"), ("done", "done")])
async def test_what_ends_before_the_run_is_over_counts_at_once(ends: OutcomeStatus, row: str, tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        known, run = landing(room), claimed(room)
        known.ended(replace(OPENS, status=ends), ROUTINE)
        assert known.over(run, Done("done", "it opens", (OPENS,)), "en").status == row
        assert known.over(run, Done("refused", "no", (OPENS,)), "en").status == "refused"


async def test_what_a_person_did_or_what_a_row_says_otherwise_is_left(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        known, run = landing(room), claimed(room)
        known.over(run, Done("done", "", (OPENS,)), "en")
        room.book.close(run, Done("refused", "no"))
        known.ended(replace(OPENS, status="failed"), OWNER)
        known.ended(replace(OPENS, status="failed"), ROUTINE)
        assert room.row(run) == ("refused", "no")


async def test_a_flood_of_acts_on_their_way_is_not_kept_for_ever(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        known, run = landing(room), claimed(room)
        many = tuple(replace(OPENS, audit=number) for number in range(MOST + 5))
        known.over(run, Done("done", "", many), "en")
        room.book.close(run, Done("done", "it opens"))
        known.ended(replace(OPENS, status="failed", audit=0), ROUTINE)
        assert room.row(run)[0] == "done"
        known.ended(replace(OPENS, status="failed", audit=MOST), ROUTINE)
        assert room.row(run)[0] == "failed"
