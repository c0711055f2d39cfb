"""What a passkey is asked to sign: a text that only this process makes, about one thing, for two minutes, once.

A challenge carries what it is about as a hash, and a seal over all of it.  So nothing has to be kept for those that are
handed out, however many a stranger asks for: what is remembered is only which were spent, and each of those cost a
signature that held.  An answer is judged by what it says *now*: with another choice the hash is another.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from claw.base.action import Json, canonical
from claw.base.clock import Clock
from claw.base.errors import Refused

LIFE_S = 120.0

_NONCE, _UNTIL, _HASH = 16, 8, 32
_SEALED = _NONCE + _UNTIL + _HASH
_MOST_SPENT = 10_000

About = Sequence[Json]
"""What a challenge is about: a word for the ceremony, then whatever must not be another when the answer comes."""


class Challenges:
    """Makes challenges and takes each of them back once; a restart voids all that are out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._spent: dict[bytes, float] = {}

    def make(self, about: About) -> bytes:
        """Return a new challenge about ``about``."""
        until = int((self._clock.monotonic() + LIFE_S) * 1000).to_bytes(_UNTIL, "big")
        head = secrets.token_bytes(_NONCE) + until + _hash(about)
        return head + self._seal(head)

    def check(self, challenge: bytes, about: About) -> None:
        """Raise Refused unless ``challenge`` was made here, about exactly this, lately, and is not spent."""
        head, seal = challenge[:_SEALED], challenge[_SEALED:]
        if not hmac.compare_digest(seal, self._seal(head)):
            raise Refused("this was not asked for here, or before Claw was started; try again")
        if not hmac.compare_digest(head[_NONCE + _UNTIL :], _hash(about)):
            raise Refused("what was signed is not what is asked now; look at it again, and sign that")
        if self._clock.monotonic() >= _until(head):
            raise Refused("that took longer than two minutes; try again")
        if challenge in self._spent:
            raise Refused("this signature was used already")

    def spend(self, challenge: bytes) -> None:
        """Write down that a checked challenge is used up."""
        now = self._clock.monotonic()
        self._spent = {one: until for one, until in self._spent.items() if until > now}
        if len(self._spent) >= _MOST_SPENT:
            raise Refused("too much was signed in the last two minutes; try again later")
        self._spent[challenge] = _until(challenge)

    def _seal(self, head: bytes) -> bytes:
        return hmac.digest(self._key, head, "sha256")


def _hash(about: About) -> bytes:
    return hashlib.sha256(canonical(list(about))).digest()


def _until(challenge: bytes) -> float:
    return int.from_bytes(challenge[_NONCE : _NONCE + _UNTIL], "big") / 1000
