"""Codes that a person types once to prove who they are: to sign in, or to make the first account.

A code is short because it is typed, so it is worth little: minutes, one use, few wrong tries, and it lives in memory
only.  It does not say whose it is, so a wrong one counts against every code that stands.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from claw.base.clock import Clock

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs without 0, 1, I and O, which people confuse: a code of eight is worth 40 bits."""

CODE_LENGTH = 8
CODE_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Code:
    hash: bytes
    expires: datetime
    by: str = ""
    tries: int = 0


class Codes:
    """The codes that stand, one for each ``whose``.

    Where strangers can try as often as they like, wrong tries must not end a code (``tries`` 0): it is longer then.
    """

    def __init__(self, clock: Clock, life: timedelta, *, length: int = CODE_LENGTH, tries: int = CODE_TRIES) -> None:
        self._clock = clock
        self._life = life
        self._length = length
        self._tries = tries
        self._codes: dict[str, _Code] = {}

    def make(self, whose: str, by: str = "") -> str:
        """Return a new code, which whoever made it (``by``) has seen; the earlier one for ``whose`` is void."""
        code = "".join(secrets.choice(ALPHABET) for _ in range(self._length))
        self._codes[whose] = _Code(_hash(code), self._clock.now() + self._life, by)
        return code

    def match(self, typed: str) -> str | None:
        """Return whose code was typed, None for none that stands, which counts against all; it stands until ``void``.

        Every code costs the same comparison, so that the time tells nothing.
        """
        now, digest = self._clock.now(), _hash(typed.upper().replace("-", "").replace(" ", ""))
        self._codes = {whose: code for whose, code in self._codes.items() if now < code.expires}
        found: str | None = None
        for whose, code in self._codes.items():
            if hmac.compare_digest(code.hash, digest):
                found = whose
        if found is None and self._tries:
            counted = {whose: replace(code, tries=code.tries + 1) for whose, code in self._codes.items()}
            self._codes = {whose: code for whose, code in counted.items() if code.tries < self._tries}
        return found

    def void(self, whose: str) -> int:
        """Void the code for ``whose``; return how many there were."""
        return 1 if self._codes.pop(whose, None) is not None else 0

    def void_by(self, maker: str) -> int:
        """Void every code that ``maker`` made for anybody; return how many there were."""
        return sum(self.void(whose) for whose in [whose for whose, code in self._codes.items() if code.by == maker])


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode(errors="surrogatepass")).digest()
