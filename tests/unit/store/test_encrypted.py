"""Encrypted backups: what went in comes out, and not one chunk that was changed, moved, doubled or left out."""

import io
import json
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.errors import Broken, Refused
from claw.store.encrypted import (
    CHUNK,
    MAGIC,
    TAG,
    Decrypting,
    Encrypting,
    Secret,
    kind_of,
    make_key_file,
    passphrase,
    read_header,
    read_key_file,
)

KEY = Secret("key file", b"k" * 32)
OTHER = Secret("key file", b"o" * 32)


def encrypted(data: bytes, secret: Secret = KEY, piece: int = 1 << 20) -> bytes:
    sink = io.BytesIO()
    encrypting = Encrypting(sink, secret)
    for at in range(0, len(data), piece):
        encrypting.write(data[at : at + piece])
    encrypting.end()
    return sink.getvalue()


def decrypted(data: bytes, secret: Secret = KEY, piece: int = 1 << 20) -> bytes:
    decrypting = Decrypting(io.BytesIO(data), secret)
    found = b""
    while got := decrypting.read(piece):
        found += got
    return found


def split(whole: bytes) -> tuple[bytes, list[bytes]]:
    """Return the beginning of an encrypted file with its seal, and its chunks."""
    header = read_header(io.BytesIO(whole))
    start = len(header) + 32
    return whole[:start], [whole[at : at + CHUNK + TAG] for at in range(start, len(whole), CHUNK + TAG)]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_what_went_in_comes_out(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    whole = encrypted(data)
    assert decrypted(whole) == data
    assert len(split(whole)[1]) == max(1, -(-size // CHUNK))
    assert data[:64] not in whole or size < 8


@settings(deadline=None)
@given(st.integers(0, 3 * CHUNK), st.integers(100, 2 * CHUNK), st.integers(100, 2 * CHUNK))
def test_in_pieces_of_any_size(size: int, into: int, out: int) -> None:
    data = b"\7" * size
    assert decrypted(encrypted(data, piece=into), piece=out) == data


def test_two_files_of_the_same_bytes_have_nothing_in_common() -> None:
    one, other = encrypted(b"a" * 100), encrypted(b"a" * 100)
    assert split(one)[1] != split(other)[1]
    with pytest.raises(Refused):
        decrypted(split(one)[0] + b"".join(split(other)[1]))


def test_the_wrong_key_says_so() -> None:
    with pytest.raises(Refused, match="was not encrypted with that key file, or its beginning is damaged"):
        decrypted(encrypted(b"abc"), OTHER)
    with pytest.raises(Refused, match="encrypted with a key file, not with a passphrase"):
        decrypted(encrypted(b"abc"), passphrase("correct horse battery"))


def test_a_passphrase_opens_what_it_closed_and_no_other_does() -> None:
    whole = encrypted(b"abc", passphrase("correct horse battery"))
    assert decrypted(whole, passphrase("correct horse battery")) == b"abc"
    with pytest.raises(Refused, match="was not encrypted with that passphrase"):
        decrypted(whole, passphrase("correct horse staple"))
    assert kind_of(read_header(io.BytesIO(whole))) == "passphrase"
    with pytest.raises(Refused, match="at least 10"):
        passphrase("too short")


def test_chunks_cannot_be_moved_doubled_left_out_or_cut() -> None:
    start, chunks = split(encrypted(bytes(3 * CHUNK + 5)))
    assert len(chunks) == 4
    a, b, c, last = chunks
    forged = {
        "swapped": [b, a, c, last],
        "doubled": [a, a, b, c, last],
        "left out": [a, c, last],
        "without the end": [a, b, c],
        "the last one early": [a, last],
        "empty": [],
        "cut in the middle": [a, b, c, last[:-1]],
        "two ends": [a, b, c, last, last],
        "something behind it": [a, b, c, last, b"x"],
    }
    for how, order in forged.items():
        with pytest.raises(Refused):
            pytest.fail(how + ": " + str(len(decrypted(start + b"".join(order)))))


def test_every_flipped_bit_is_noticed() -> None:
    whole = encrypted(bytes(2 * CHUNK + 5))
    start = len(split(whole)[0])
    for at in (*range(start), *range(start, len(whole), 4099), len(whole) - 1):
        flipped = bytearray(whole)
        flipped[at] ^= 1
        with pytest.raises(Refused):
            decrypted(bytes(flipped))


def header(**told: object) -> bytes:
    salt = b64encode(b"s" * 16).decode()
    return MAGIC + json.dumps({"secret": "passphrase", "salt": salt, "argon2id": [1, 64, 1], **told}).encode() + b"\n"


@pytest.mark.parametrize("cost", [[1, 8 << 20, 1], [10_000, 64, 1], [1, 64, 99]], ids=["memory", "passes", "lanes"])
def test_a_header_that_asks_for_too_much_work_is_refused(cost: list[int]) -> None:
    with pytest.raises(Refused, match="asks for more work or memory"):
        Decrypting(io.BytesIO(header(argon2id=cost) + bytes(48)), passphrase("correct horse battery"))


@pytest.mark.parametrize(
    "told",
    [
        {"argon2id": [1, 8, 8]}, {"argon2id": [1, 64]}, {"argon2id": None}, {"argon2id": [True, 64, 1]},
        {"argon2id": [1, 64.0, 1]}, {"salt": "?"}, {"salt": "aGk="}, {"secret": "a smile"}, {"secret": None},
    ],
)  # fmt: skip
def test_a_header_that_is_damaged_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(Refused):
        Decrypting(io.BytesIO(header(**told) + bytes(48)), passphrase("correct horse battery"))


@pytest.mark.parametrize(
    "raw", [b"", b"PK", MAGIC, MAGIC + b"x" * 5000, MAGIC + b"{\n", MAGIC + b"[]\n", MAGIC + b"[" * 900 + b"\n"]
)
def test_what_has_no_header_is_no_encrypted_backup(raw: bytes) -> None:
    with pytest.raises(Refused):
        Decrypting(io.BytesIO(raw), KEY)


def test_a_key_file_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    path = tmp_path / "claw.key"
    make_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    secret = read_key_file(path)
    assert (secret.kind, len(secret.value)) == ("key file", 32)
    assert "value" not in repr(secret)
    with pytest.raises(Refused, match="is there already"):
        make_key_file(path)
    assert read_key_file(path) == secret
    path.chmod(0o440)  # as systemd shows a credential
    assert read_key_file(path, {"CREDENTIALS_DIRECTORY": str(path.parent)}) == secret
    with pytest.raises(Broken, match="read by others"):
        read_key_file(path, {"CREDENTIALS_DIRECTORY": str(path.parent / "other")})
    path.chmod(0o640)
    with pytest.raises(Broken, match="can be read by others: chmod 600 it"):
        read_key_file(path)


@pytest.mark.parametrize(
    "text", ["", "claw backup key 1 ", "claw backup key 1 ????", "claw backup key 1 aGk=\n", "x" * 2000]
)
def test_what_is_no_key_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "claw.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Broken, match="is no key of"):
        read_key_file(path)


def test_a_key_that_is_not_there_or_cannot_be_written_is_broken(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="cannot be read"):
        read_key_file(tmp_path / "claw.key")
    with pytest.raises(Broken, match="cannot be written"):
        make_key_file(tmp_path / "nowhere" / "claw.key")
