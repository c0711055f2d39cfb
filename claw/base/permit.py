"""Permits: how the gate's word is made unforgeable, short-lived and good for one act.

Import rules cannot see an object handed over at run time, so a device backend does not trust its caller: it spends
the permit it is given and refuses anything else.  ``PermitDesk`` is built once per start with a fresh key and handed
to the gate (``issue``) and to every effector (``spend``).  The lifetime of 2 s covers a slow event loop, not a person.
"""

import hashlib
import hmac
import secrets
import struct

from claw.base.action import Action, Permit
from claw.base.clock import Clock
from claw.base.errors import Refused

LIFETIME_S = 2.0


class PermitDesk:
    """Issues and spends permits under one key that never leaves the process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._issued: dict[bytes, float] = {}

    def issue(self, action: Action, audit: int) -> Permit:
        """Return a permit for ``action`` whose durable intent has the number ``audit``."""
        now = self._clock.monotonic()
        self._issued = {nonce: until for nonce, until in self._issued.items() if until >= now}
        nonce = secrets.token_bytes(16)
        expires = now + LIFETIME_S
        digest = action.digest()
        self._issued[nonce] = expires
        return Permit(digest, audit, expires, nonce, self._seal(digest, audit, expires, nonce))

    def spend(self, permit: Permit, action: Action) -> None:
        """Use up ``permit`` for ``action``; raises Refused when forged, late, already spent or for another action."""
        seal = self._seal(permit.digest, permit.audit, permit.expires, permit.nonce)
        if not hmac.compare_digest(seal, permit.seal):
            raise Refused("the permit was not issued here")
        if self._issued.pop(permit.nonce, None) is None:
            raise Refused("the permit was spent already, or voided by the stop")
        if self._clock.monotonic() > permit.expires:
            raise Refused("the permit has expired")
        if not hmac.compare_digest(action.digest(), permit.digest):
            raise Refused("the permit is for another action")

    def void(self) -> None:
        """Make every permit that is out worthless: called when the stop engages."""
        self._issued.clear()

    def _seal(self, digest: bytes, audit: int, expires: float, nonce: bytes) -> bytes:
        return hmac.digest(self._key, digest + struct.pack(">Qd", audit, expires) + nonce, hashlib.sha256)
