"""What a proof says where there is little to prove with, and what it takes for none."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from claw.audit.chain import Problem
from claw.audit.note import Note, home_of, key_hash, notes
from claw.audit.prove import Grounds, Proven, Rows, prove
from claw.audit.verify import MOST_PROBLEMS, Verification, survey
from claw.audit.vouch import Seen
from claw.audit.witness_file import FileWitness
from tests.signed_log import OTHER, Signed, proven, serious, signed_log, tamper

OUT_OF_REACH = "no witness is out of reach of Claw's own rights (docs/audit.md says how)"

OPEN = Path("/proc/self/fd")


class Place:
    """A witness that has what it is given."""

    def __init__(self, name: str, *, writable: bool, texts: Sequence[str] = ()) -> None:
        self.name = name
        self.writable_by_claw = writable
        self._texts = list(texts)

    async def keep(self, note: Note, key: str) -> None:
        raise AssertionError("a proof writes nothing")

    def read(self) -> list[str]:
        return self._texts


@pytest.fixture
async def log(tmp_path: Path) -> Signed:
    """A log of one request and two checkpoints, closed."""
    async with signed_log(tmp_path) as signed:
        await signed.rows(1)
        await signed.checkpoints.now("one")
        await signed.delivered()
        await signed.checkpoints.now("two")
    return signed


def held(log: Signed, grounds: Grounds) -> Proven:
    path = log.state / "audit.db"
    return prove(path, survey(path, payloads=True), grounds)


def key_path(log: Signed) -> Path:
    return log.state / "keys" / "audit.key"


def whats(result: Proven) -> list[str]:
    return [problem.what for problem in result.log.problems]


def test_a_log_that_never_had_a_key_is_not_taken_for_one_that_nobody_has_seen(log: Signed) -> None:
    kept = log.witness.read_text()
    path = log.state / "audit.db"
    key_path(log).unlink()
    tamper(path, "DELETE FROM rows WHERE seq > 1", "DELETE FROM payloads WHERE seq > 1")
    gone = "witnesses have checkpoints of this log, but it has no key: the key was taken away"
    stranger = Seen(
        "a stranger", [note._replace(checkpoint=note.checkpoint._replace(log=b"S" * 16)) for note in notes(kept)]
    )
    assert serious(held(log, Grounds(brought=[stranger]))) == []
    assert serious(held(log, Grounds())) == []
    both = Grounds(brought=[stranger, Seen("the drawer", list(notes(kept)))])
    assert serious(held(log, both)) == [(None, gone)]


def test_a_witness_that_was_pointed_at_and_has_nothing_of_this_log_is_a_problem(log: Signed) -> None:
    kept = log.witness.read_text()
    stranger = "".join(
        note._replace(checkpoint=note.checkpoint._replace(log=b"S" * 16, home="0" * 12)).text for note in notes(kept)
    )
    told = f"it has no checkpoint of this log ({log.audit.id.hex()[:8]})"
    for text, missing in ((kept, False), (stranger, True), (stranger + kept, False), ("", True)):
        witness = Place("it", writable=True, texts=[text])
        for expected in (frozenset({"it"}), frozenset({"another"})):
            found = whats(held(log, Grounds([witness], expected=expected)))
            assert (told in found) == (missing and "it" in expected)


def test_a_proof_says_whether_anything_lies_out_of_reach(log: Signed) -> None:
    kept = log.witness.read_text()
    near, far = (Place(name, writable=name == "near", texts=[kept]) for name in ("near", "far"))
    brought = [Seen("the drawer", list(notes(kept)))]
    for grounds, missing in (
        (Grounds(), True),
        (Grounds([near]), True),
        (Grounds([near, far]), False),
        (Grounds([far]), False),
        (Grounds([near], brought=brought), False),
        (Grounds([far], brought=brought), False),
    ):
        assert (OUT_OF_REACH in whats(held(log, grounds))) == missing


def test_a_proof_names_the_witnesses_it_did_not_read_and_those_that_have_nothing(log: Signed) -> None:
    assert held(log, Grounds()).rests_on[1:] == [f"the file {log.witness}: not read here"]
    empty = held(log, Grounds([Place("it", writable=False)]))
    assert "it: none" in empty.rests_on


def test_what_was_not_signed_for_this_log_is_not_counted_as_kept(log: Signed) -> None:
    (good, *_) = notes(log.witness.read_text())
    key = log.checkpoints._key
    assert key is not None
    forged = good._replace(signature=bytes(64))
    other = good.checkpoint._replace(log=b"S" * 16, home="0" * 12)
    borrowed = Note(other, key_hash(good.checkpoint.origin, key.public), key.sign(other.body()))
    result = held(log, Grounds(brought=[Seen("the drawer", [forged, borrowed])]))
    assert "the drawer: none" in result.rests_on


def test_a_damaged_key_speaks_against_a_log_unless_somebody_brings_one_to_trust(log: Signed) -> None:
    key = log.checkpoints._key
    assert key is not None
    key_path(log).chmod(0o600)
    key_path(log).write_text("rubbish")
    (problem,) = serious(held(log, Grounds()))
    assert str(key_path(log)) in problem[1]
    trusted = held(log, Grounds(key=key.public))
    assert trusted.ok
    assert any(str(key_path(log)) in what for what in whats(trusted))


async def test_a_row_that_could_not_be_signed_is_no_checkpoint(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.audit.append("checkpoint", {"reason": "asked"})
        await signed.checkpoints.now("schedule")
    assert serious(proven(signed.state, signed.witness)) == []


def test_an_entry_that_a_checkpoint_was_signed_over_and_that_is_another_or_gone_is_named(log: Signed) -> None:
    path = log.state / "audit.db"
    over = (2, "the checkpoint was signed over another entry 1 than there is now")
    assert over not in serious(held(log, Grounds()))
    tamper(path, "UPDATE rows SET hash = zeroblob(32) WHERE seq = 1")
    assert over in serious(held(log, Grounds()))


async def test_a_missing_entry_under_a_checkpoint_is_named(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(2)
        await signed.checkpoints.now("schedule")
    tamper(signed.state / "audit.db", "DELETE FROM rows WHERE seq = 2", "DELETE FROM payloads WHERE seq = 2")
    over = (3, "the checkpoint was signed over another entry 2 than there is now")
    assert over in serious(held(signed, Grounds()))


def test_the_list_of_a_proof_ends_too(tmp_path: Path) -> None:
    found = Verification(problems=[Problem(seq, "odd") for seq in range(MOST_PROBLEMS + 2)])
    assert len(prove(tmp_path / "audit.db", found, Grounds()).log.problems) == MOST_PROBLEMS + 1


def test_a_look_at_single_entries_makes_no_file_and_leaves_none_open(log: Signed, tmp_path: Path) -> None:
    with Rows(tmp_path / "nowhere.db") as rows:
        assert rows.hash_at(1) is None
    assert not (tmp_path / "nowhere.db").exists()
    open_before = len(list(OPEN.iterdir()))
    with Rows(log.state / "audit.db") as rows:
        assert rows.hash_at(1) is not None
    assert len(list(OPEN.iterdir())) == open_before


def test_a_key_of_somebody_else_beside_the_log_does_not_vouch_for_it(log: Signed) -> None:
    result = prove(
        log.state / "audit.db",
        survey(log.state / "audit.db", payloads=True),
        Grounds([FileWitness(log.witness, home_of(log.state))], key=OTHER.public),
    )
    assert not result.ok
