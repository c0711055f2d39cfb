"""Heads are signed by the OpenSSL that Python has, as RFC 8032 says, and by the package where that is no use."""

import _hashlib
import ctypes
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from claw.audit import ed25519
from claw.audit.ed25519 import Cryptography, Failed, OpenSsl, Signer, proven, signer

RFC_8032 = [  # its section 7.1: seed, public, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def own() -> OpenSsl:
    return OpenSsl(ctypes.CDLL(_hashlib.__file__))


@pytest.fixture
def anew() -> Iterator[None]:
    signer.cache_clear()
    yield
    signer.cache_clear()


@pytest.mark.parametrize("one", [own(), Cryptography()], ids=["python", "package"])
@pytest.mark.parametrize("example", RFC_8032)
def test_both_do_as_the_standard_says(one: Signer, example: tuple[str, str, str, str]) -> None:
    seed, public, message, signature = (bytes.fromhex(each) for each in example)
    assert one.public(seed) == public
    assert one.sign(seed, message) == signature
    assert one.holds(public, signature, message)
    assert not one.holds(public, signature, message + b"!")


def test_both_say_the_same_of_anything() -> None:
    chance, ours, other = random.Random(8032), own(), Cryptography()
    for length in range(60):
        seed, stranger, message = (chance.randbytes(size) for size in (32, 32, length))
        public, signature = ours.public(seed), ours.sign(seed, message)
        assert (public, signature) == (other.public(seed), other.sign(seed, message))
        bent = bytearray(signature)
        bent[chance.randrange(64)] ^= 1 << chance.randrange(8)
        for of, over in (
            (public, signature),
            (public, bytes(bent)),
            (public, signature[:-1]),
            (public, signature + b"!"),
            (public, b""),
            (stranger, signature),
            (public[:-1], signature),
            (b"", signature),
        ):
            assert (
                ours.holds(of, over, message) == other.holds(of, over, message) == ((of, over) == (public, signature))
            )


def test_a_seed_of_another_length_signs_nothing() -> None:
    with pytest.raises(Failed):
        own().sign(b"short", b"message")
    with pytest.raises(Failed):
        own().public(b"short")


def test_the_package_is_not_loaded_where_python_can_sign() -> None:
    code = "import sys; from claw.audit.ed25519 import signer; signer().sign(bytes(32), b'1'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "claw.audit.ed25519" in done.stdout
    assert "cryptography" not in done.stdout


def test_a_python_without_openssl_signs_by_the_package(anew: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_hashlib", None)
    assert isinstance(signer(), Cryptography)


def test_an_openssl_without_these_functions_is_left_alone(anew: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_hashlib, "__file__", None)  # as where it is built in; the C library has none of them
    assert isinstance(signer(), Cryptography)


@pytest.mark.parametrize("wrong", ["public", "sign", "holds"])
def test_what_does_not_sign_as_the_standard_says_is_not_taken(
    wrong: str, anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenSsl, wrong, lambda *_: True)
    assert not proven(own())
    assert isinstance(signer(), Cryptography)


def test_an_algorithm_that_the_machine_forbids_is_left_to_the_package(
    anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ed25519, "_ED25519", 0)
    assert isinstance(signer(), Cryptography)
