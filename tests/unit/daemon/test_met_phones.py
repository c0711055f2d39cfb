"""Phones and notifiers in a built daemon: what they hang on, and what is asked before anything is sent."""

from pathlib import Path

import pytest

from claw.base.action import Action, Message
from claw.base.config_channels import ChannelsConfig
from claw.base.errors import Broken
from claw.channels.revoked import Revoked
from claw.daemon.met_phones import notifiers, phones
from tests.living import living

PHONE = {"service": "notify.mobile_app_anna", "person": "anna", "user": "a" * 32}
POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: out, confirm: "notify.*"}
"""


def configured(**more: object) -> ChannelsConfig:
    return ChannelsConfig.model_validate(more)


async def test_phones_hang_on_the_gate_and_on_what_ends_with_a_person(tmp_path: Path) -> None:
    channels = configured(phones=[PHONE])
    async with living(tmp_path, POLICY, channels={"phones": [PHONE]}) as daemon:
        questions, messages, revoked = daemon.gate.questions, daemon.desk._in.messages, Revoked()
        assert "phone" in questions.channels
        mouths = len(messages.mouths)
        made = phones(channels, daemon, messages, revoked)
        assert made is not None
        assert len(messages.mouths) == mouths + 1
        assert revoked.end("anna") == {}
        # The rule would ask a person whether a person may be asked; so nothing is sent, and it is said why.
        assert made._in.barred(Action(PHONE["service"], (), {"message": "x"}))
        assert not await made.tell(Message("person:anna", "x"))
        assert "allow it for the channel system" in str(made.status()["detail"])
        assert questions.waiting() == ()
        assert made._in.admitted("anna")
        assert not made._in.admitted("nobody")


async def test_without_a_phone_there_is_none_and_a_token_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        messages = daemon.desk._in.messages
        assert phones(configured(), daemon, messages, Revoked()) is None
        assert notifiers(configured(), daemon, messages) == []
        one = {"kind": "ntfy", "url": "https://ntfy.example", "topic": "claw", "token_file": tmp_path / "token"}
        with pytest.raises(Broken, match="token of a notifier"):
            notifiers(configured(notifiers=[one]), daemon, messages)
        (tmp_path / "token").write_text("tk_abc", encoding="utf-8")
        (tmp_path / "token").chmod(0o600)
        before = len(messages.mouths)
        (made,) = notifiers(configured(notifiers=[one], page="https://claw.example"), daemon, messages)
        assert len(messages.mouths) == before + 1
        assert made.reaches(Message("everyone", "x"))
        await made.close()
