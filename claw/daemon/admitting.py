"""Who may come in, put together: the accounts behind the page and the socket, and all that ends with a person.

What lets somebody in by something of theirs and is made later (passkeys, chats) adds its line to ``revoked``.
"""

from typing import TYPE_CHECKING

from sqlite_utils import Database

from claw.base.errors import Broken
from claw.channels.accounts import Accounts, Inside
from claw.channels.entering import Admission, Entering
from claw.channels.passwords import Passwords
from claw.channels.revoked import End, Revoked
from claw.gate.confirm import Questions
from claw.gate.judge import Judge

if TYPE_CHECKING:
    from claw.daemon.build import Daemon

SHUT_OUT = "whoever asked was shut out"


def admitting(daemon: "Daemon", db: Database, judge: Judge) -> Admission:
    """Return the accounts of ``daemon``, with page and socket asking them from now on."""
    household = daemon.reloading.household
    if household is None:
        raise Broken("nobody changes who lives here")
    inside = Inside(daemon.clients, household, Passwords(db, daemon.clock), Revoked(), daemon.audit, daemon.clock)
    accounts = Accounts(inside)
    admission = Admission(accounts, Entering(accounts, inside))
    _end_with_them(inside, daemon.gate.questions, judge, daemon.socket.end)
    daemon.web.admission = admission
    daemon.socket.admission = admission
    return admission


def _end_with_them(inside: Inside, questions: Questions, judge: Judge, listening: End) -> None:
    """Say what ends with a person; questions and grants are the gate's, but only here both rooms are known."""

    def void(person: str) -> int:
        asked = [one.id for one in tuple(questions.standing.values()) if one.origin.person == person]
        for one in asked:
            questions.void(one, SHUT_OUT)
        return len(asked)

    def ungrant(person: str) -> int:
        return judge.overlay.end_of(person) if judge.overlay is not None else 0

    revoked = inside.revoked
    revoked.add("browsers and programs", inside.clients.end)
    revoked.add("local programs", listening)
    revoked.add("codes", inside.clients.forget_code)
    revoked.add("passwords", inside.passwords.remove)
    revoked.add("grants", ungrant)
    revoked.add("questions", void)
