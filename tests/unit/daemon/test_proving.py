"""The houses in which skills are proved, whose rules hold there, and proofs beside a running daemon."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import NO_DATA
from claw.base.errors import Unavailable
from claw.daemon import proving as room
from claw.daemon.build import proved_house
from claw.daemon.proving import PREFIX, Household, Known, Proofs, demo, opened, proving
from claw.gate.children import Children
from claw.house.file import parse_house
from claw.house.model import House
from claw.skills.proof import Effort
from claw.skills.proving_ground import Asked, Setting
from claw.skills.proving_settings import moment, put
from tests.twin_house import HOME, MANIFEST, Nobody, Twin, skill

FEW = Effort(0.02)
LIT = put(HOME, {"light.a": {"state": "on"}})


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what a proof writes where a test can look at it, and let no proof wait."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(room, "MEMORY", folder)
    monkeypatch.setattr(room, "BREATH_S", 0.0)
    return folder


def household(house: Callable[[], House] = lambda: LIT) -> Household:
    return Household(house, lambda: replace(opened().rules, people=demo().rules.people))


def left(place: Path) -> list[Path]:
    return list(place.iterdir())


class Going:
    """Makes houses, and says when some were made: a proof is under way then."""

    def __init__(self) -> None:
        self.made = 0
        self.on = asyncio.Event()

    def house(self, *given: Any) -> Any:
        self.made += 1
        if self.made == 5:
            self.on.set()
        return proved_house(*given)


def proofs() -> Proofs:
    return Proofs(household(lambda: HOME), Nobody(), proved_house, Children(), lambda: False, FEW)


async def test_the_household_stands_still_from_the_beginning_of_a_proof(place: Path) -> None:
    states = dict(LIT.states)
    async with proving(household(lambda: House(LIT.registry, states)), proved_house, Children(), lambda: False) as one:
        before = await one.home()
        states["light.a"] = HOME.states["light.a"]
        assert (await one.home()).states["light.a"].value == before.states["light.a"].value == "on"
        assert "light.kitchen_ceiling" in (await one.home("demo")).states
        assert len(left(place)) == 1
    assert not left(place)


async def test_without_a_household_it_is_the_demos_house_and_rules() -> None:
    async with proving(None, proved_house, Children(), lambda: False) as one:
        assert "light.kitchen_ceiling" in (await one.home()).states
        seen = await one.run(skill(), Asked("night night", by="child"), Setting(await one.home(), moment(HOME, None)))
        assert seen.ends == "refused", "a child may not, in the demo"


async def test_the_rules_of_each_house_hold_in_it_and_are_read_once() -> None:
    read: list[str] = []

    def rules() -> room.Rules:
        read.append("read")
        return demo().rules

    async with proving(Household(lambda: LIT, rules), proved_house, Children(), lambda: False) as one:
        setting = Setting(LIT, moment(HOME, None))
        child = Asked("night night", by="child")
        assert (await one.run(skill(), child, setting)).ends == "refused"
        assert (await one.run(skill(), child, setting)).ends == "refused"
        own = parse_house(
            {
                "entities": [{"entity_id": "lock.door", "state": "unlocked"}],
                "people": [{"id": "kid", "name": "Kid", "role": "child"}],
            }
        )
        assert (await one.run(skill(), child, Setting(own, moment(own, None), rules="open"))).ends == "done"
        # Whoever brings a house need not name an owner; there is one all the same.
        assert (
            await one.run(skill(), replace(child, by="owner"), Setting(own, moment(own, None), rules="open"))
        ).ends == "done"
    assert read == ["read"]


async def test_what_is_risky_is_asked_about_in_a_house_that_a_test_brought_along() -> None:
    opens = skill('await call("lock.unlock", "lock.door")\n"open"', MANIFEST.replace("lock.lock", "lock.unlock"))
    locked = put(HOME, {"lock.door": {"state": "locked"}})
    async with proving(None, proved_house, Children(), lambda: False) as one:
        seen = await one.run(opens, Asked("night night"), Setting(locked, moment(HOME, None), rules="open"))
    assert seen.ends == "asked"


async def test_a_program_is_held_against_the_types_of_a_house() -> None:
    async with proving(None, proved_house, Children(), lambda: False) as one:
        assert await one.checked(skill('state("lock.door")'), (NO_DATA,), HOME) == ""
        assert "lock.dor" in await one.checked(skill('state("lock.dor")'), (NO_DATA,), HOME)
        assert "brightnes" in await one.checked(skill('state("light.a", "brightnes")'), (NO_DATA,), HOME)
        assert await one.checked(skill("area + 1"), ({"area": "hall"},), HOME) != ""
        assert await one.checked(skill("area"), ({"area": "hall"},), HOME) == ""


async def test_a_program_without_an_end_is_the_skills_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.daemon.jumping.MOST_JUMPS", 20)
    waits = skill('while True:\n    await wait_until("light.a", state="blue", seconds=1)\n')
    async with proving(None, proved_house, Children(), lambda: False) as one:
        seen = await one.run(waits, Asked("night night"), Setting(HOME, moment(HOME, None), rules="open"))
    assert (seen.ends, seen.calls) == ("failed", ())
    assert seen.problem.startswith("limit: ")


async def test_where_no_program_can_be_run_nothing_is_said_about_the_skill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.program.sandbox.binary", lambda: None)
    with pytest.raises(Unavailable):
        await proofs().prove(skill())


async def test_the_real_gate_comes_to_the_same_as_the_twin_of_the_tests() -> None:
    """What the tests of the prover run on must not be another house than that of a proof."""
    settings = [
        Setting(house, moment(HOME, None), rules="open")
        for house in (
            HOME,
            LIT,
            put(LIT, {"lock.door": {"state": "locked"}}),
            put(HOME, {"lock.door": {"state": "unavailable"}}),
        )
    ]
    async with proving(None, proved_house, Children(), lambda: False) as one:
        for setting in settings:
            real, twin = [await each.run(skill(), Asked("night night"), setting) for each in (one, Twin())]
            assert (real.ends, [one.name for one in real.calls]) == (twin.ends, [one.name for one in twin.calls])


async def test_a_gate_without_rights_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await proofs().prove(skill())).green
    monkeypatch.setattr("claw.skills.rights.within", lambda *_: None)
    report = await proofs().prove(skill())
    assert {case.name: case.why for case in report.failed()} == {
        "beyond its manifest: lock.unlock(lock.door)": "the gate took it as asked",
        "beyond its manifest: light.turn_on(light.a)": "the gate took it as done",
    }


async def test_a_proof_is_of_the_household_and_one_at_a_time(place: Path) -> None:
    live: list[int] = []

    class Counting(Nobody):
        async def taken(self, text: str, language: str, skill: str) -> str:
            live.append(len(left(place)))
            return await super().taken(text, language, skill)

    both = Proofs(household(lambda: HOME), Counting(), proved_house, Children(), lambda: False, FEW)
    first, second = await asyncio.gather(both.prove(skill()), both.prove(skill()))
    assert first.green
    assert second.green
    assert set(live) == {1}
    assert not left(place)


async def test_the_stop_ends_a_proof_and_what_came_of_it_is_no_report(place: Path) -> None:
    children, stopped, going = Children(), list[bool](), Going()
    asked = Proofs(household(lambda: HOME), Nobody(), going.house, children, lambda: bool(stopped), Effort(at_once=1))
    task = asyncio.ensure_future(asked.prove(skill()))
    await going.on.wait()
    stopped.append(True)
    children.kill()
    with pytest.raises(Unavailable, match="stopped"):
        await task
    assert not left(place)


async def test_a_proof_that_is_called_off_leaves_nothing(place: Path) -> None:
    going = Going()
    whole = Proofs(household(lambda: HOME), Nobody(), going.house, Children(), lambda: False, Effort(at_once=1))
    task = asyncio.ensure_future(whole.prove(skill()))
    await going.on.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not left(place)


async def test_one_that_is_called_off_before_it_began_leaves_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        reading.set()
        go_on.wait(5)

    monkeypatch.setattr(room, "Harmless", slow)
    task = asyncio.ensure_future(proofs().prove(skill()))
    await asyncio.to_thread(reading.wait, 5)
    assert left(place)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not left(place)


async def test_what_a_process_left_that_was_killed_over_a_proof_is_taken_away(place: Path) -> None:
    left, going_on = place / f"{PREFIX}999999999-abc", place / f"{PREFIX}1-abc"
    for folder in (left, going_on):
        folder.mkdir()
        (folder / "audit.db").write_text("words of somebody")
    async with proving(None, proved_house, Children(), lambda: False):
        assert not left.exists()
        assert going_on.exists()


def test_a_house_is_known_with_its_rules() -> None:
    found = demo()
    assert isinstance(found, Known)
    assert {"anna", "mia", "tom"} <= {person.id for person in found.rules.people}
