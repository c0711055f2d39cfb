"""Signatures of passkeys: what holds, and what a stranger may send instead of one."""

import contextlib
import random
from typing import Any

import cbor2
import pytest

from claw.base.errors import Refused
from claw.channels import attested
from claw.channels.passkeys import to_bytes, to_text
from tests.peers.soft_passkey import PRESENT, VERIFIED, SoftPasskey

SITE, ORIGIN = "localhost", "http://localhost:8321"
CHALLENGE = b"c" * 88
MAKE = {"challenge": to_text(CHALLENGE), "rp": {"id": SITE}, "user": {"id": to_text(b"h" * 32)}}
SIGN = {"challenge": to_text(CHALLENGE), "rpId": SITE}


@pytest.fixture(scope="module")
def key() -> SoftPasskey:
    soft = SoftPasskey()
    soft.make(MAKE, ORIGIN)
    return soft


def taken(key: SoftPasskey, credential: dict[str, Any], **other: Any) -> attested.Signature:
    given = {"challenge": CHALLENGE, "site": SITE, "origin": ORIGIN, "key": key.public(), "handle": key.handle}
    return attested.signature(credential, **given | other)


def test_a_new_passkey_is_taken_as_it_says(key: SoftPasskey) -> None:
    made = attested.made(key.make(MAKE, ORIGIN), CHALLENGE, SITE, ORIGIN)
    assert made.id == to_text(key.id)
    assert cbor2.loads(made.key) == cbor2.loads(key.public())
    assert attested.challenge_of(key.make(MAKE, ORIGIN)) == CHALLENGE


@pytest.mark.parametrize(
    "lies",
    [
        {"site": "evil.example"},
        {"type": "webauthn.get"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"fmt": "packed"},
        {"fmt": "none", "statement": {"alg": -7, "sig": b"x"}},
        {"fmt": "tpm"},
        {"fmt": "android-safetynet", "statement": {"ver": "1", "response": b"x"}},
    ],
)
def test_no_new_passkey_but_one_of_this_page_with_its_person_there(key: SoftPasskey, lies: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        attested.made(key.make(MAKE, ORIGIN, **lies), CHALLENGE, SITE, ORIGIN)


@pytest.mark.parametrize("origin", ["http://localhost:9999", "http://evil.example", "https://localhost:8321"])
def test_nothing_of_another_page_is_taken(key: SoftPasskey, origin: str) -> None:
    with pytest.raises(Refused):
        attested.made(key.make(MAKE, origin), CHALLENGE, SITE, ORIGIN)
    with pytest.raises(Refused):
        taken(key, key.sign(SIGN, origin))


def test_a_signature_that_holds_tells_its_key_and_its_count(key: SoftPasskey) -> None:
    brought = key.sign(SIGN, ORIGIN)
    found = taken(key, brought)
    assert (found.id, found.counter) == (to_text(key.id), key.counter)
    assert found.parts["signature"] == brought["response"]["signature"]


@pytest.mark.parametrize(
    "lies",
    [
        {"site": "evil.example"},
        {"type": "webauthn.create"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"key": SoftPasskey()},
        {"handle": to_text(b"another")},
    ],
)
def test_a_signature_that_is_not_for_this_page_by_this_key_with_its_person_there_is_none(
    key: SoftPasskey, lies: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="no valid signature"):
        taken(key, key.sign(SIGN, ORIGIN, **lies))


def test_a_signature_of_something_else_is_none(key: SoftPasskey) -> None:
    with pytest.raises(Refused):
        taken(key, key.sign(SIGN, ORIGIN), challenge=b"another")


def test_whatever_a_stranger_sends_ends_in_a_refusal(key: SoftPasskey) -> None:
    odd: list[Any] = [None, 3, "", "=", "a", "é", [], {}, to_text(b"[" * 10_000), to_text(b"\xff{"), to_text(b"[1]")]
    odd += [to_text(b'{"type": 1, "challenge": 2, "origin": []}'), to_text(cbor2.dumps({"fmt": 7, "authData": 3}))]
    whole = key.sign(SIGN, ORIGIN) | {
        "response": key.sign(SIGN, ORIGIN)["response"] | key.make(MAKE, ORIGIN)["response"]
    }
    for value in odd:
        for part in [*whole, *whole["response"]]:
            brought = {**whole, part: value} if part in whole else {**whole}
            if part not in whole:
                brought["response"] = {**whole["response"], part: value}
            refused(lambda brought=brought: attested.challenge_of(brought))
            refused(lambda brought=brought: taken(key, brought))
            refused(lambda brought=brought: attested.made(brought, CHALLENGE, SITE, ORIGIN))


def test_no_byte_of_a_signature_or_a_new_passkey_can_be_another_without_a_refusal(key: SoftPasskey) -> None:
    drawn = random.Random(9)
    for brought, look in ((key.make(MAKE, ORIGIN), "attestationObject"), (key.sign(SIGN, ORIGIN), "authenticatorData")):
        for _ in range(150):
            data = bytearray(to_bytes(brought["response"][look]))
            data[drawn.randrange(len(data))] = drawn.randrange(256)
            changed = {**brought, "response": {**brought["response"], look: to_text(bytes(data))}}
            refused(lambda changed=changed: attested.made(changed, CHALLENGE, SITE, ORIGIN))
            refused(lambda changed=changed: taken(key, changed))


def test_a_key_that_is_too_large_is_none(key: SoftPasskey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attested, "LONGEST_KEY", 10)
    with pytest.raises(Refused, match="too large"):
        attested.made(key.make(MAKE, ORIGIN), CHALLENGE, SITE, ORIGIN)


def refused(do: Any) -> None:
    with contextlib.suppress(Refused):
        do()
