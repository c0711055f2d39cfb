"""Signing in a whole daemon: the gate knows who has a key, and a person's keys end with them."""

from pathlib import Path

from claw.base.action import Message
from claw.channels.passkeys import Passkey
from claw.channels.revoked import Revoked
from claw.daemon.signed import signed
from tests.living import OWNER, living
from tests.talking import until


async def test_the_gate_knows_who_has_a_key_and_shutting_somebody_out_ends_it(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        revoked, heard = Revoked(), list[Message]()
        signing = signed(daemon, revoked)
        daemon.desk._in.messages.listeners.append(heard.append)
        assert daemon.web._web.signing is signing
        assert not daemon.gate.questions.enrolled("anna")
        key = Passkey("k1", "anna", "a phone", b"key", "localhost", "x", 0, daemon.clock.now())
        await signing.keys.add(key, OWNER)
        assert daemon.gate.questions.enrolled("anna")
        assert signing._name_of("anna") == daemon.people.get("anna").name  # type: ignore[union-attr]
        assert signing._name_of("nobody") == "nobody"
        assert revoked.end("anna") == {"passkeys": 1}
        assert not daemon.gate.questions.enrolled("anna")

        async def told() -> bool:
            return [one.to for one in heard] == ["person:anna"]

        await until(told)
