"""Whoever looks through a whole log sees one log: nothing moves to another file in the meantime."""

import sqlite3
from pathlib import Path

import pytest

from claw.audit.export import exported
from claw.audit.verify import _Check, survey
from claw.base.errors import Broken, Unavailable
from tests.signed_log import Signed, signed_log


async def refused(signed: Signed) -> None:
    with pytest.raises(Unavailable, match="reads the log"):
        await signed.checkpoints.seal("full")


async def test_a_log_that_is_exported_is_not_sealed_before_its_end_is_out(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        await signed.checkpoints.seal("full")
        await signed.rows(3)
        lines = exported(signed.audit.path)
        next(lines)
        await refused(signed)
        assert len([*lines]) == 8
        await signed.checkpoints.seal("full")


async def test_a_log_that_is_checked_is_not_sealed_before_its_end_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        await signed.checkpoints.seal("full")
        seen: list[str] = []
        whole = _Check.whole

        def meanwhile(check: _Check, connection: sqlite3.Connection, *, payloads: bool) -> None:
            whole(check, connection, payloads=payloads)
            with pytest.raises(Unavailable, match="reads the log"):
                signed.audit._file._fold()
            seen.append("whole")

        monkeypatch.setattr(_Check, "whole", meanwhile)
        assert survey(signed.audit.path, payloads=True).ok
        assert seen == ["whole"] * 2
        await signed.checkpoints.seal("full")


def test_where_no_log_is_none_is_read(tmp_path: Path) -> None:
    (tmp_path / "audit-1-5.db").touch()
    for read in (lambda path: [*exported(path)], lambda path: survey(path, payloads=True)):
        with pytest.raises(Broken, match="there is no audit log"):
            read(tmp_path / "audit.db")


async def test_what_is_only_looked_at_does_not_change(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        sealed = await signed.checkpoints.seal("full")
    copy = tmp_path / "copy" / "audit.db"
    copy.parent.mkdir()
    copy.write_bytes(sealed.read_bytes())
    before = copy.read_bytes()
    assert survey(copy, payloads=True).ok
    assert copy.read_bytes() == before
    assert [each.name for each in copy.parent.iterdir()] == ["audit.db"]
