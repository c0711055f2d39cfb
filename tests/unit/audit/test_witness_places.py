"""Where witnesses are looked for when all that is there is the log."""

from pathlib import Path

import pytest

from claw.audit.verify import survey
from claw.audit.witness_places import readable_witnesses
from claw.base.config import AuditConfig
from tests.signed_log import signed_log


async def test_the_default_the_configured_and_those_the_log_names_are_all_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    async with signed_log(tmp_path) as signed:
        await signed.checkpoints.now("start")
        await signed.delivered()
    found = survey(signed.state / "audit.db", payloads=False)
    mount = tmp_path / "mount"
    names = {each.name for each in readable_witnesses(found, signed.state, AuditConfig(witness_file=mount))}
    file = f"{found.id.hex()}.checkpoints"
    expected = {signed.witness, tmp_path / "data" / "claw-witness" / file, mount / file}
    assert {f"the file {path}" for path in expected} <= names


async def test_a_log_that_names_nobody_is_held_against_the_default_place_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    async with signed_log(tmp_path, witnesses=[]) as signed:
        await signed.rows(1)
    found = survey(signed.state / "audit.db", payloads=False)
    names = [each.name for each in readable_witnesses(found, signed.state, None)]
    assert any(str(tmp_path / "data") in name for name in names)


async def test_the_journal_is_read_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(1)
    found = survey(signed.state / "audit.db", payloads=False)
    for there in (True, False):
        monkeypatch.setattr("claw.audit.witness_journal.JournalWitness.there", there)
        names = [each.name for each in readable_witnesses(found, signed.state, None)]
        assert ("the system journal" in names) == there
