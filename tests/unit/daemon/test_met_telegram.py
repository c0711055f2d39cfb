"""Telegram in a built daemon: what it hangs on, and what it says where it cannot be."""

import sys
from pathlib import Path

import pytest

from claw.base.config_channels import TelegramConfig
from claw.base.errors import Broken
from claw.channels.revoked import Revoked
from claw.channels.telegram_chats import Chats
from claw.channels.telegram_mouth import ChatMouth
from claw.daemon.met_telegram import telegram
from tests.living import living
from tests.telegram_room import ANNA, POLICY, chatting


async def test_it_hangs_on_the_gate_the_socket_and_what_ends_with_a_person(tmp_path: Path) -> None:
    async with chatting(tmp_path) as room:
        daemon = room.daemon
        assert daemon.socket.telegram is room.telegram
        assert "telegram" in daemon.gate.questions.channels
        assert any(isinstance(one, ChatMouth) for one in daemon.desk._in.messages.mouths)
        assert any(isinstance(one, Chats) for one in daemon.memory.store.forgetter.erasers)
        assert room.telegram._chats in daemon.memory.store.forgetter.erasers
        await room.enrol("anna", ANNA)
        assert room.revoked.end("anna")["Telegram accounts"] == 1
        assert room.telegram.links.all() == []
        assert {"kind": "telegram", "ready": True}.items() <= daemon.desk.status()["channels"][-1].items()


async def test_without_its_token_or_its_package_it_says_what_a_person_has_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(tmp_path, POLICY) as daemon:
        messages, missing = daemon.desk._in.messages, TelegramConfig(token_file=tmp_path / "nothing")
        with pytest.raises(Broken, match=r"token of the Telegram bot file .* cannot be read"):
            telegram(missing, daemon, messages, Revoked())
        (tmp_path / "open").write_text("123:abc", encoding="utf-8")
        (tmp_path / "open").chmod(0o644)
        with pytest.raises(Broken, match="chmod 600"):
            telegram(TelegramConfig(token_file=tmp_path / "open"), daemon, messages, Revoked())
        monkeypatch.setitem(sys.modules, "claw.channels.telegram_line", None)
        with pytest.raises(Broken, match="not installed: make channels"):
            telegram(missing, daemon, messages, Revoked())
        assert daemon.socket.telegram is None
