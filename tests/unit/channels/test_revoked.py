"""What ends with a person: all of it, whatever goes wrong with a part."""

import pytest

from claw.base.errors import Broken, Unavailable
from claw.channels.revoked import Revoked


def test_all_that_was_registered_ends_and_is_counted() -> None:
    asked: list[str] = []
    revoked = Revoked()
    revoked.add("passkeys", lambda person: asked.append(person) or 2)
    revoked.add("chats", lambda _: 0)
    revoked.add("passkeys", lambda _: 1)
    assert revoked.end("ben") == {"passkeys": 3}
    assert asked == ["ben"]


def test_what_cannot_be_ended_keeps_nothing_else_from_ending_and_is_named() -> None:
    asked: list[str] = []
    revoked = Revoked()

    def fails(_: str) -> int:
        raise Unavailable("the disk")

    revoked.add("sessions", fails)
    revoked.add("chats", lambda person: asked.append(person) or 1)
    with pytest.raises(Broken, match="their sessions could not"):
        revoked.end("ben")
    assert asked == ["ben"]
