import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.base.clock import SystemClock
from claw.care import doctor_log
from claw.care.doctor_case import Case
from claw.care.doctor_log import log
from claw.store.db import lock_state, private_directory
from tests.doctor_room import case, found, told, worse
from tests.held_clock import HeldClock
from tests.signed_log import signed_log


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


async def written(state: Path, *kinds: str) -> None:
    private_directory(state)
    audit = AuditLog.open(state / "audit.db", SystemClock())
    for kind in kinds:
        await audit.append(kind, {"text": kind})
    await audit.close()


def later(folder: Path, hours: float, answers: object = None, **wanted: object) -> Case:
    clock = HeldClock(SystemClock().now() + timedelta(hours=hours))
    return case(folder, answers, clock=clock, **wanted)  # type: ignore[arg-type]


def tamper(state: Path) -> None:
    with closing(sqlite3.connect(state / "audit.db")) as db:
        db.executescript("DROP TRIGGER payloads_update; UPDATE payloads SET body = x'00' WHERE seq = 2;")


async def test_one_that_holds_is_well_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    await written(tmp_path / "state", "request", "request")
    before = contents(tmp_path / "state")
    for full in (False, True):
        assert [level for level, _ in found(log, case(tmp_path, full=full)) if level == "problem"] == []
    assert contents(tmp_path / "state") == before


async def test_one_that_was_changed_is_a_problem_quick_and_whole(tmp_path: Path) -> None:
    await written(tmp_path / "state", "request", "request")
    tamper(tmp_path / "state")
    for full in (False, True):
        assert "problem" in [level for level, _ in worse(log, case(tmp_path, full=full))]


def test_none_is_a_note_unless_a_daemon_runs(tmp_path: Path) -> None:
    assert worse(log, case(tmp_path)) == [("note", "There is no log yet.")]
    assert [level for level, _ in worse(log, case(tmp_path, {"status": told()}))] == ["problem"]


async def test_what_never_came_to_an_end_is_told_with_its_numbers(tmp_path: Path) -> None:
    await written(tmp_path / "state", "request", *["intent"] * 5)
    ((level, text),) = worse(log, later(tmp_path, 3))
    assert (level, "5 acts were begun" in text, "(entries 6, 5, 4 and more)" in text) == ("note", True, True)
    ((level, text),) = worse(log, later(tmp_path, 3, {"status": told()}))
    assert level == "warning"
    assert worse(log, later(tmp_path, 0, {"status": told()})) == [], "a garage takes its time"


async def test_what_the_daemon_knows_of_its_log_is_told(tmp_path: Path) -> None:
    await written(tmp_path / "state", "request")
    vouched = {
        "witnesses": [{"name": "w", "problem": "the disk is full"}, "odd"],
        "out_of_reach": False,
        "problem": "another key",
        "strangers": ["another log lay here"],
    }
    audit = {"holds": False, "failures": 2, "lost": 3, "vouched": vouched}
    levels = {
        security: worse(log, case(tmp_path, {"status": told(audit=audit)}, security=security))
        for security in (False, True)
    }
    assert [level for level, _ in levels[False]] == ["problem", *["warning"] * 4, "note"]
    assert [level for level, _ in levels[True]] == ["problem", *["warning"] * 5]
    assert worse(log, case(tmp_path, {"status": told(audit={"holds": True, "vouched": None})})) == []


async def test_witnesses_are_asked_where_everything_is_wanted(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        await signed.checkpoints.now("asked")
        await signed.delivered()
        state = signed.state
        about = case(
            tmp_path,
            state=state,
            full=True,
            config=f"house: {{simulated: x}}\naudit: {{witness_file: {signed.witness}}}\n",
        )
        texts = " ".join(text for _, text in found(log, about))
    assert str(signed.witness) in texts


async def test_a_daemon_that_begins_meanwhile_has_it_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    await written(state, "request")
    surveyed, locks = doctor_log.survey, []
    calls: list[int] = []

    def survey(path: Path, *, payloads: bool) -> object:
        calls.append(1)
        if len(calls) == 1:
            locks.append(lock_state(state))
            tamper(state)
        return surveyed(path, payloads=payloads)

    monkeypatch.setattr(doctor_log, "survey", survey)
    try:
        assert "problem" in [level for level, _ in worse(log, case(tmp_path, full=True))]
    finally:
        locks[0].release()
    assert len(calls) == 2
