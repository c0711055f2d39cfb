"""The log as lines: everything is in them, so that somebody else can compute every hash."""

import hashlib
import json
import sqlite3
import struct
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.audit.export import exported
from claw.base.action import SYSTEM
from claw.base.errors import Broken
from tests.held_clock import HeldClock
from tests.signed_log import Signed, signed_log, tamper

FORGED = 'lamp\n{"seq": 99, "kind": "intent"}\u2028\r\x1b[2J'


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Signed]:
    """Three entries, a sealing (two more), three more entries an hour later."""
    clock = HeldClock()
    async with signed_log(tmp_path, clock) as signed:
        await signed.rows(2)
        await signed.audit.append("intent", {"name": FORGED, "number": 1.10, "big": 10**17})
        await signed.checkpoints.seal("asked")
        clock._start += timedelta(hours=1)
        await signed.rows(3)
        yield signed


def lines(log: Signed, **bounds: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported(log.state / "audit.db", **bounds)]


async def test_every_entry_of_every_file_is_one_line(log: Signed) -> None:
    assert [one["seq"] for one in lines(log)] == list(range(1, 9))
    for line in exported(log.state / "audit.db"):
        assert "\n" not in line
        assert "\r" not in line


async def test_a_name_with_a_line_end_forges_no_line(log: Signed) -> None:
    (found,) = lines(log, kinds=["intent"])
    assert found["payload"]["name"] == FORGED
    assert found["seq"] == 3


async def test_the_hashes_can_be_computed_again_from_the_lines_alone(log: Signed) -> None:
    texts = {json.loads(line)["seq"]: line for line in exported(log.state / "audit.db")}
    previous = ""
    for seq, line in texts.items():
        one = json.loads(line)
        stored = {}
        for name, after in (("origin", "versions"), ("versions", "payload"), ("payload", "parent")):
            stored[name] = line.split(f'"{name}": ', 1)[1].split(f', "{after}": ', 1)[0].encode()
        salt = bytes.fromhex(one["salt"])
        hidden = hashlib.sha256(b"claw audit payload 1\n" + salt + stored["payload"]).digest()
        assert hidden.hex() == one["payload_hash"]
        kind, parent = one["kind"].encode(), one["parent"]
        sizes = (len(kind), len(stored["origin"]), len(stored["versions"]), 32, 32)
        fixed = struct.pack(">qq?qIIIII", seq, one["time_us"], parent is not None, parent or 0, *sizes)
        texts_of = kind + stored["origin"] + stored["versions"]
        own = hashlib.sha256(b"claw audit row 1\n" + fixed + texts_of + hidden + bytes.fromhex(one["previous"]))
        assert own.hexdigest() == one["hash"]
        assert previous in {"", one["previous"]}
        previous = one["hash"]


async def test_times_and_kinds_bound_what_comes_out(log: Signed) -> None:
    middle = HeldClock().now() + timedelta(minutes=30)
    assert [one["seq"] for one in lines(log, until=middle)] == [1, 2, 3, 4, 5]
    assert [one["seq"] for one in lines(log, since=middle)] == [6, 7, 8]
    assert [one["seq"] for one in lines(log, kinds=["intent", "continued"])] == [3, 5]
    first = HeldClock().now()
    assert lines(log, since=first, until=first) == []


async def test_an_erased_payload_is_null(log: Signed) -> None:
    await log.audit.erase(7, SYSTEM, "asked")
    (found,) = [one for one in lines(log) if one["seq"] == 7]
    assert found["payload"] is None
    assert "salt" not in found


async def test_what_somebody_damaged_comes_out_as_a_text(log: Signed) -> None:
    tamper(log.state / "audit.db", "UPDATE payloads SET body = x'ff7b0a' WHERE seq = 8")
    assert lines(log)[-1]["payload"] == "\\xff{\n"


async def test_a_file_that_cannot_be_read_is_broken(log: Signed, tmp_path: Path) -> None:
    with pytest.raises(Broken, match="there is no audit log"):
        list(exported(tmp_path / "audit.db"))
    with closing(sqlite3.connect(tmp_path / "audit.db")) as other:
        other.execute("CREATE TABLE x (y)")
    with pytest.raises(Broken, match="cannot be used"):
        list(exported(tmp_path / "audit.db"))
    assert log.audit.tail_ok


async def test_no_byte_of_what_is_exported_changes(log: Signed) -> None:
    (sealed,) = log.state.glob("audit-*.db")
    before = sealed.read_bytes()
    assert lines(log)
    assert sealed.read_bytes() == before
    assert [each.name for each in log.state.glob("audit-*")] == [sealed.name]
