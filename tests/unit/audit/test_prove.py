"""Everything that somebody who owns the state directory may do to the log: each is found, and each says where."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit.keys import make_key
from claw.audit.log import AuditLog
from claw.audit.note import Note, home_of, key_hash, write_key
from claw.audit.prove import Grounds, Rows, prove, told_witnesses
from claw.audit.verify import survey
from claw.audit.vouch import read
from claw.base.action import SYSTEM
from claw.base.clock import SystemClock
from tests.signed_log import Signed, copied, cut, proven, serious, signed_log, tamper

ROWS = 12


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Signed]:
    """A log of 14 entries: 12 requests, a checkpoint over the first six behind them, one over all at the end."""
    async with signed_log(tmp_path) as signed:
        await signed.rows(6)
        await signed.checkpoints.now("schedule")
        await signed.delivered()
        await signed.rows(6)
        await signed.checkpoints.now("schedule")
        await signed.delivered()
        await signed.audit.close()
        yield signed


def found(log: Signed) -> list[tuple[int | None, str]]:
    return serious(proven(log.state, log.witness))


def test_an_untouched_log_is_vouched_for(log: Signed) -> None:
    result = proven(log.state, log.witness)
    assert result.ok
    assert [problem.what for problem in result.log.problems] == [
        "no witness is out of reach of Claw's own rights (docs/audit.md says how)"
    ]
    assert any(f"the file {log.witness}: 2 up to entry 13" in ground for ground in result.rests_on)
    assert any("keys/audit.key" in ground for ground in result.rests_on)


def test_a_tail_that_was_cut_off_cleanly_is_what_the_witness_has_seen(log: Signed) -> None:
    cut(log.state / "audit.db", 10)
    ((seq, what),) = found(log)
    assert seq == 11
    assert what.startswith("entries 11 to 13 were there at 20")
    assert f"the file {log.witness} has seen them; the end was cut off" in what


def test_a_single_entry_that_was_cut_off_is_told_as_one(log: Signed) -> None:
    cut(log.state / "audit.db", 12)
    ((seq, what),) = found(log)
    assert seq == 13
    assert what.startswith("entry 13 was there")


def test_without_its_witness_a_clean_cut_is_not_seen(log: Signed) -> None:
    """This is what the witness is for: the same log, and nobody who has seen more of it."""
    cut(log.state / "audit.db", 10)
    log.witness.unlink()
    path = log.state / "audit.db"
    assert prove(path, survey(path, payloads=True), Grounds()).ok


async def test_a_file_put_back_to_yesterdays_copy_is_found(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(5)
        await signed.checkpoints.now("schedule")
        yesterday = copied(signed.state, tmp_path / "yesterday")
        await signed.rows(5)
        await signed.checkpoints.now("schedule")
    shutil.rmtree(signed.state)
    yesterday.rename(signed.state)
    ((seq, what),) = found(signed)
    assert seq == 7
    assert "entries 7 to 11 were there" in what


async def test_a_log_that_went_on_from_an_older_copy_is_found_where_it_parts(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(5)
        await signed.checkpoints.now("schedule")
        yesterday = copied(signed.state, tmp_path / "yesterday")
        await signed.rows(5)
        await signed.checkpoints.now("schedule")
    shutil.rmtree(signed.state)
    yesterday.rename(signed.state)
    async with signed_log(tmp_path, witnesses=[]) as signed_again:
        await signed_again.rows(20)
    ((seq, what),) = found(signed)
    assert seq == 11
    assert "something in entries 6 to 11 is not what" in what


def rewrite(path: Path, change: str) -> None:
    """Change a row and compute every hash behind it anew, as somebody with the code can do."""
    from claw.audit.chain import Row, payload_hash, row_hash  # noqa: PLC0415  the attack alone needs them

    tamper(path, change)
    with closing(sqlite3.connect(path)) as other:
        rows = other.execute(
            "SELECT r.seq, time, CAST(kind AS BLOB), CAST(origin AS BLOB), parent, CAST(versions AS BLOB), salt, body,"
            " previous FROM rows r JOIN payloads p USING (seq) ORDER BY r.seq"
        ).fetchall()
    previous, updates = rows[0][8], []
    for seq, time, kind, origin, parent, versions, salt, body, _ in rows:
        hidden = payload_hash(salt, body)
        own = row_hash(Row(seq, time, kind, origin, parent, versions, hidden, previous))
        blobs = [f"{name} = x'{value.hex()}'" for name, value in
                 (("payload_hash", hidden), ("previous", previous), ("hash", own))]  # fmt: skip
        updates.append(f"UPDATE rows SET {', '.join(blobs)} WHERE seq = {seq}")  # noqa: S608  the attack
        previous = own
    tamper(path, *updates)


def test_a_chain_that_was_computed_anew_does_not_fit_its_checkpoints(log: Signed) -> None:
    rewrite(log.state / "audit.db", 'UPDATE payloads SET body = CAST(\'{"text":"nothing"}\' AS BLOB) WHERE seq = 3')
    problems = found(log)
    assert (7, "the checkpoint was signed over another entry 6 than there is now") in problems
    assert any(seq == 6 and "something in entries 1 to 6 is not what" in what for seq, what in problems)


async def test_a_log_replaced_together_with_its_key_is_found(log: Signed, tmp_path: Path) -> None:
    shutil.rmtree(log.state)
    async with signed_log(tmp_path) as other:
        await other.rows(20)
        await other.checkpoints.now("schedule")
    ((seq, what),) = found(other)
    assert seq is None
    assert f"another log ({log.audit.id.hex()[:8]}, 13 entries) lay here at" in what
    assert str(other.witness.parent) in what


async def test_a_log_of_the_same_name_with_another_key_is_found(log: Signed, tmp_path: Path) -> None:
    shutil.rmtree(log.state / "keys")
    path = log.state / "audit.db"
    tamper(path, "DELETE FROM rows", "DELETE FROM payloads")
    async with signed_log(tmp_path, witnesses=[]) as forged:
        assert forged.audit.id == log.audit.id
        await forged.rows(30)
        await forged.checkpoints.now("schedule")
    ((seq, what),) = found(log)
    assert seq is None
    assert f"the file {log.witness} has 2 checkpoints up to entry 13" in what
    assert "were not signed with the key of this log: the log or its key was replaced" in what


def test_a_checkpoint_signed_with_another_key_is_found_where_it_is(log: Signed, tmp_path: Path) -> None:
    stranger = make_key(tmp_path / "stranger" / "audit.key")
    path = log.state / "audit.db"
    (log.state / "keys" / "audit.key").unlink()
    (log.state / "keys" / "audit.key").write_bytes((tmp_path / "stranger" / "audit.key").read_bytes())
    problems = found(log)
    assert (7, "the checkpoint was not signed with the key of this log") in problems
    assert (14, "the checkpoint was not signed with the key of this log") in problems
    assert any("was signed with another key than the key in" in what for _, what in problems)
    trusted = prove(path, survey(path, payloads=True), Grounds(key=stranger.public))
    assert any("was signed with another key than the key that was given" in what for _, what in serious(trusted))


def test_a_trusted_key_stands_above_the_one_beside_the_log(log: Signed) -> None:
    told = proven(log.state, log.witness).log.proofs[-1].payload["key"]
    origin = f"claw/{log.audit.id.hex()}"
    public = read("", [f"key {told}"], origin).keys
    (own,) = public
    assert write_key(origin, own) == told
    (log.state / "keys" / "audit.key").unlink()
    result = proven(log.state, log.witness, key=own)
    assert result.ok
    assert "signatures: the key that was given" in result.rests_on


def test_a_key_that_others_can_read_vouches_for_nothing(log: Signed) -> None:
    (log.state / "keys" / "audit.key").chmod(0o644)
    ((_, what),) = found(log)
    assert "can be read by others" in what
    assert "whoever has it can sign in its place" in what


def test_a_log_without_its_key_rests_on_what_the_witness_was_told(log: Signed) -> None:
    (log.state / "keys" / "audit.key").unlink()
    result = proven(log.state, log.witness)
    assert result.ok
    assert any("the key of the log is not at" in problem.what for problem in result.log.problems)
    assert any("which proves little" in ground for ground in result.rests_on)


async def test_a_witness_that_lost_what_it_had_is_found(log: Signed, tmp_path: Path) -> None:
    async with signed_log(tmp_path, begin=False) as again:
        await again.checkpoints.open_key()
        await again.checkpoints.compare()
        await again.checkpoints.now("one")
        await again.delivered()
        await again.checkpoints.now("two")  # this one says that the witness has the one before
    log.witness.unlink()
    problems = found(log)
    assert [seq for seq, _ in problems] == [14]
    assert problems[0][1] == f"the file {log.witness} had the checkpoint of this entry and has it no more"


def test_a_witness_full_of_rubbish_is_said_and_what_is_good_in_it_counts(log: Signed) -> None:
    whole = log.witness.read_bytes()
    log.witness.write_bytes(b"\xff\xfe rubbish\n" * 1000 + whole + b"claw/half a note")
    result = proven(log.state, log.witness)
    assert result.ok
    assert any("has something in it that is no checkpoint" in problem.what for problem in result.log.problems)
    cut(log.state / "audit.db", 10)
    assert not proven(log.state, log.witness).ok


def test_a_witness_that_is_a_directory_is_said_and_changes_nothing_else(log: Signed) -> None:
    log.witness.unlink()
    log.witness.mkdir()
    result = proven(log.state, log.witness)
    assert any("it is no file" in problem.what and problem.warning for problem in result.log.problems)


def test_a_checkpoint_somebody_kept_is_as_good_as_a_witness(log: Signed) -> None:
    text = log.witness.read_text()
    log.witness.unlink()
    cut(log.state / "audit.db", 10)
    path = log.state / "audit.db"
    origin = f"claw/{log.audit.id.hex()}"
    kept = Grounds(brought=[read("the print in the drawer", [text], origin)])
    problems = serious(prove(path, survey(path, payloads=True), kept))
    assert any("the print in the drawer has seen them" in what for _, what in problems)


async def test_a_power_cut_is_a_shorter_log_and_the_witness_knows_by_how_much(tmp_path: Path) -> None:
    """What was acknowledged and is gone (a disk that lies) shows; what never was on disk is no problem."""
    async with signed_log(tmp_path):
        pass  # the tables are on disk for good before the first entry
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        await signed.checkpoints.now("schedule")
        await signed.rows(9)
        await signed.checkpoints.now("schedule")
        await signed.delivered()
        wal = (signed.state / "audit.db-wal").read_bytes()
        frame = 4096 + 24
        for cut_at in [*range(32, len(wal) + 1, frame), *range(32 + frame // 2, len(wal), frame * 3)]:
            left = copied(signed.state, tmp_path / "left")
            (left / "audit.db-wal").write_bytes(wal[:cut_at])
            (left / "audit.db-shm").unlink()
            result = proven(left, signed.witness)
            missing = [what for seq, what in serious(result) if "the end was cut off" in what]
            chain = [problem for problem in survey(left / "audit.db", payloads=True).problems if not problem.warning]
            assert not chain, "what is left of the log holds by itself"
            assert bool(missing) == (result.log.last < 13), (cut_at, result.log.last)
            shutil.rmtree(left)


def test_the_clock_going_back_is_a_warning_that_says_where(tmp_path: Path) -> None:
    import asyncio  # noqa: PLC0415  this test alone runs its own loop
    from datetime import timedelta  # noqa: PLC0415  the same

    from tests.held_clock import HeldClock  # noqa: PLC0415  the same

    async def run() -> Signed:
        clock = HeldClock()
        async with signed_log(tmp_path, clock) as signed:
            await signed.rows(2)
            await signed.checkpoints.now("schedule")
            clock._start -= timedelta(hours=1)
            await signed.rows(2)
            await signed.checkpoints.now("schedule")
        return signed

    signed = asyncio.run(run())
    result = proven(signed.state, signed.witness)
    assert result.ok
    said = {(problem.seq, problem.what) for problem in result.log.problems}
    assert (4, "the clock went backwards before this row") in said
    assert (5, f"the clock went backwards between entries 2 and 5, says the file {signed.witness}") in said


async def test_the_log_names_its_witnesses_and_how_much_they_have(log: Signed, tmp_path: Path) -> None:
    told = told_witnesses(survey(log.state / "audit.db", payloads=False).proofs)
    assert told == {f"the file {log.witness}": 6}


async def test_single_hashes_are_found_in_whichever_file_they_are(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        await signed.checkpoints.seal("asked")
        await signed.rows(2)
        expected = {entry.seq: entry.hash for entry in signed.audit.entries()}
    with Rows(signed.state / "audit.db") as rows:
        assert {seq: rows.hash_at(seq) for seq in expected} == expected
        assert rows.hash_at(99) is None
        assert rows.hash_at(0) is None


async def test_a_key_that_was_replaced_openly_is_a_warning_and_its_checkpoints_count(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        await signed.checkpoints.now("schedule")
    (signed.state / "keys" / "audit.key").unlink()
    async with signed_log(tmp_path) as again:
        await again.rows(3)
        await again.checkpoints.now("schedule")
    result = proven(signed.state, signed.witness)
    assert result.ok
    assert any(
        problem.seq == 5 and "the key of the audit log is gone" in problem.what for problem in result.log.problems
    )
    cut(signed.state / "audit.db", 2)
    assert not proven(signed.state, signed.witness).ok


async def test_an_id_that_is_gone_leaves_the_rest_to_be_checked(log: Signed) -> None:
    path = log.state / "audit.db"
    tamper(path, "DELETE FROM log")
    assert (None, "the log has no identity, or another format") in found(log)


async def test_a_home_is_only_the_state_directory_it_was_signed_in(log: Signed, tmp_path: Path) -> None:
    """Another log of another state directory may share the place where witnesses lie."""
    neighbour = tmp_path / "neighbour"
    async with signed_log(neighbour) as other:
        await other.rows(1)
        await other.checkpoints.now("schedule")
        await other.delivered()
        shutil.copy(other.witness, log.witness.parent)
    assert found(log) == []
    assert home_of(other.state) != home_of(log.state)


async def test_two_writers_are_refused(tmp_path: Path) -> None:
    from claw.base.errors import Broken  # noqa: PLC0415  this test alone

    async with signed_log(tmp_path) as signed:
        with pytest.raises(Broken, match="another Claw daemon uses"):
            AuditLog.open(signed.state / "audit.db", SystemClock())
        await signed.audit.append("request", {}, origin=SYSTEM)


@pytest.mark.parametrize("what", ["another log", "the future", "no note", "two"])
async def test_a_checkpoint_row_that_speaks_of_something_else_is_found(tmp_path: Path, what: str) -> None:
    """Signed with the right key, and yet not about what is before it."""
    async with signed_log(tmp_path) as signed:
        await signed.rows(2)
        good = await signed.checkpoints.now("schedule")
        key = signed.checkpoints._key
        assert good is not None
        assert key is not None
        other = good.checkpoint._replace(log=b"S" * 16) if what == "another log" else good.checkpoint._replace(size=4)
        text = Note(other, key_hash(other.origin, key.public), key.sign(other.body())).text
        text = {"no note": "nothing", "two": good.text * 2}.get(what, text)
        await signed.audit.append("checkpoint", {"note": text, "key": signed.checkpoints._public})
    assert (4, "the checkpoint is none of this log") in found(signed)


def test_what_a_row_says_about_the_log_counts_only_where_its_payload_holds(log: Signed) -> None:
    tamper(log.state / "audit.db", "UPDATE payloads SET body = x'7b7d' WHERE seq = 7")
    problems = [(problem.seq, problem.what) for problem in survey(log.state / "audit.db", payloads=False).problems]
    assert problems == [(7, "what the row says about the log cannot be read")]
