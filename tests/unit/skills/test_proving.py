"""What a proof is asked and told as: for a log, for a page, for a person."""

import asyncio

from claw.skills.model import Case, Report
from claw.skills.proving import FULL, LONGEST_S, TENTH, Prover, report_json
from tests.held_clock import HeldClock
from tests.twin_house import Nobody, Twin, skill

BAD = Report(
    "night-night",
    "1.2.0",
    "a" * 64,
    (
        Case("test", "dark", True),
        Case("trouble", "seed 3: night", False, "it said nothing"),
        Case("trouble", "seed 4", True),
    ),
    12.5,
)


async def test_a_report_is_of_these_bytes_and_tells_how_long_it_took() -> None:
    report = await Prover(Twin(), Nobody(), TENTH).prove(skill())
    assert (report.name, report.version, report.hash) == ("night-night", "1.0.0", "0" * 64)
    assert report.ms > 0
    assert report.green
    assert FULL.part > TENTH.part


async def test_another_house_takes_the_place_of_the_households() -> None:
    house = Twin().house
    house = type(house)(house.registry, {one: state for one, state in house.states.items() if one != "lock.door"})
    report = await Prover(Twin(), Nobody(), TENTH).prove(skill(), (), house)
    assert "there is no lock.door" in " ".join(case.why for case in report.failed())


async def test_a_proof_that_takes_for_ever_is_ended_and_proves_nothing() -> None:
    clock, house, going = HeldClock(), Twin(), asyncio.Event()

    async def hangs() -> None:
        going.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(Prover(house, Nobody(), pause=hangs, timer=clock).prove(skill()))
    await going.wait()
    await clock.advance(LONGEST_S)
    report = await task
    assert [(case.held, case.why) for case in report.cases] == [(False, "it takes longer than 15 minutes")]
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []


def test_a_report_is_plain_json() -> None:
    assert report_json(BAD) == {
        "name": "night-night",
        "version": "1.2.0",
        "hash": "a" * 64,
        "green": False,
        "cases": 3,
        "kinds": {"test": {"held": 1, "failed": 0}, "trouble": {"held": 1, "failed": 1}},
        "failed": [{"kind": "trouble", "name": "seed 3: night", "why": "it said nothing"}],
        "ms": 12.5,
    }
