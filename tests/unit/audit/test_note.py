"""The form of a checkpoint: what is written is what is read, and nothing else is."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.audit.note import LINE_CHARS, Checkpoint, Note, home_of, key_hash, notes, read_key, without_notes, write_key

CHECKPOINT = Checkpoint(b"L" * 16, 1004, b"h" * 32, datetime(2026, 11, 21, 10, 5, tzinfo=UTC), "0123456789ab")
FIRST = datetime(1971, 1, 1, tzinfo=UTC)
NOTE = Note(CHECKPOINT, b"keyh", b"s" * 64)

checkpoints = st.builds(
    Checkpoint,
    log=st.binary(min_size=16, max_size=16),
    size=st.integers(0, 10**17),
    head=st.binary(min_size=32, max_size=32),
    time=st.integers(0, 4_000_000_000).map(
        lambda seconds: datetime(1971, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    home=st.text("0123456789abcdef", min_size=12, max_size=12),
)
signed = st.builds(Note, checkpoints, st.binary(min_size=4, max_size=4), st.binary(min_size=64, max_size=64))


def test_the_text_is_a_checkpoint_in_a_signed_note() -> None:
    origin = f"claw/{'4c' * 16}"
    body, _, signature = NOTE.text.partition("\n\n")
    assert body.split("\n") == [
        origin,
        "1004",
        base64.b64encode(b"h" * 32).decode(),
        "at 2026-11-21T10:05:00Z in 0123456789ab",
    ]
    assert signature == f"— {origin} {base64.b64encode(b'keyh' + b's' * 64).decode()}\n"
    assert CHECKPOINT.body().decode() == body + "\n", "what is signed ends with the last line of the body"


@given(signed)
def test_both_forms_are_read_back_as_they_were(note: Note) -> None:
    assert list(notes(note.text)) == [note]
    assert list(notes(note.line)) == [note]
    assert len(note.line) <= LINE_CHARS
    assert "\n" not in note.line


@given(st.lists(signed, max_size=4), st.text(max_size=50))
def test_notes_are_found_whatever_lies_between_them(written: list[Note], rubbish: str) -> None:
    clean = rubbish.replace("claw/", "")
    text = f"\n{clean}\n".join(["", *(note.text for note in written), ""])
    assert list(notes(text)) == written
    assert "signed" not in without_notes(text) or "signed" in clean


@pytest.mark.parametrize(
    "spoiled",
    [
        NOTE.text.replace("1004", "01004"),
        NOTE.text.replace("1004", "-4"),
        NOTE.text.replace("1004", "9" * 19),
        NOTE.text.replace("2026-11-21", "2026-13-21"),
        NOTE.text.replace("\n\n", "\n"),
        NOTE.text.replace("— claw/4c", "— claw/5c"),
        NOTE.text[:-20],
        NOTE.text[5:],
        NOTE.text.replace("0123456789ab", "0123456789"),
    ],
)
def test_a_spoiled_note_is_no_note(spoiled: str) -> None:
    assert list(notes(spoiled)) == []


def test_a_key_is_written_as_one_word_with_its_hash() -> None:
    public = bytes(range(32))
    word = write_key("claw/ab", public)
    assert word == f"claw/ab+{key_hash('claw/ab', public).hex()}+{base64.b64encode(bytes([1]) + public).decode()}"
    assert key_hash("claw/ab", public) == hashlib.sha256(b"claw/ab\n\x01" + public).digest()[:4]
    assert read_key(f" {word}\n") == public


def word(public: bytes, kind: bytes = b"\x01") -> str:
    """Return a key as one word whose hash fits."""
    return f"a+{key_hash('a', public).hex()}+{base64.b64encode(kind + public).decode()}"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "a",
        "a+b",
        "a+b+c",
        "a+00000000+" + base64.b64encode(b"\x01" * 33).decode(),
        word(bytes(32), kind=b"\x02"),
        word(bytes(31)),
        word(bytes(33)),
        word(bytes(32))[:-5] + "!" + word(bytes(32))[-5:],
    ],
)
def test_what_is_no_key_is_refused(wrong: str) -> None:
    assert read_key(word(bytes(32))) == bytes(32)
    with pytest.raises(ValueError, match="no public key"):
        read_key(wrong)


def test_the_mark_of_a_directory_tells_it_from_others_and_not_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert home_of(tmp_path / "a") == home_of(tmp_path / "link") != home_of(tmp_path)
    assert len(home_of(tmp_path)) == 12
