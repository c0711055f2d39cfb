"""Puts signing with a passkey into a built daemon: the page, the gate that asks for it, and what ends with a person."""

from typing import TYPE_CHECKING

from claw.channels.passkeys import Passkeys
from claw.channels.revoked import Revoked
from claw.channels.signing import Signing

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon


def signed(daemon: "Daemon", revoked: Revoked) -> Signing:
    """Have ``daemon`` take signatures from now on; ``revoked`` ends the passkeys of whoever is shut out."""
    questions, people = daemon.gate.questions, daemon.people
    keys = Passkeys(daemon.programming.around.db, daemon.audit, daemon.clock)
    keys.told.append(daemon.follower.send)
    questions.enrolled = keys.enrolled
    revoked.add("passkeys", keys.end)

    def name_of(person: str) -> str:
        known = people.get(person)
        return known.name if known is not None else person

    signing = Signing(keys, daemon.clock, daemon.audit, questions.standing.get, name_of)
    daemon.web.sign_with(signing)
    return signing
