"""Further ways to meet Claw: made only where configured, begun in order, ended in reverse whatever happens."""

import subprocess
import sys
from pathlib import Path

import pytest

from claw.base.action import Json
from claw.base.errors import Broken
from claw.daemon.met import Met
from tests.living import living

USER = "0123456789abcdef0123456789abcdef"
NOBODY_THERE = 9
"""A port of this machine at which nothing answers."""
LATE = ("telegram", "aiomqtt", "mcp", "webauthn", "argon2")


class Way:
    def __init__(self, kind: str, told: list[str], *, broken: bool = False) -> None:
        self.kind = kind
        self._told = told
        self._broken = broken

    async def start(self) -> None:
        self._told.append(f"{self.kind} began")

    async def close(self) -> None:
        self._told.append(f"{self.kind} ended")
        if self._broken:
            raise Broken("it does not end")

    def status(self) -> dict[str, Json]:
        return {"kind": self.kind}


async def test_what_begins_last_ends_first_and_none_keeps_another_from_ending() -> None:
    told: list[str] = []
    met = Met((Way("a", told), Way("b", told, broken=True), Way("c", told)))
    await met.start()
    await met.close()
    assert told == ["a began", "b began", "c began", "c ended", "b ended", "a ended"]


async def test_without_a_configuration_there_are_accounts_passkeys_and_v1_alone(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        assert daemon.web.admission is not None
        assert [one["kind"] for one in daemon.desk.status()["channels"]] == ["openai"]


async def test_what_is_configured_is_there_and_says_how_it_is(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("123456:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghi", encoding="utf-8")
    token.chmod(0o600)
    channels = {
        "phones": [{"service": "notify.mobile_app_anna", "person": "anna", "user": USER}],
        "notifiers": [{"kind": "webhook", "url": "http://127.0.0.1:9/"}],
        "telegram": {"token_file": str(token), "api": f"http://127.0.0.1:{NOBODY_THERE}"},
        "mqtt": {"host": "127.0.0.1", "port": NOBODY_THERE},
        "mcp": {},
    }
    async with living(tmp_path, channels=channels) as daemon:
        status = daemon.desk.status()["channels"]
        assert [one["kind"] for one in status] == ["openai", "mcp", "phone", "notifier", "telegram", "mqtt"]
        assert "ABCDEFGH" not in str(status)
        assert {"phone", "telegram"} <= set(daemon.gate.questions.channels)


@pytest.mark.parametrize("channels", [{"telegram": {"token_file": "/nowhere/token"}}])
async def test_a_secret_that_cannot_be_read_is_said_before_anything_begins(tmp_path: Path, channels: Json) -> None:
    with pytest.raises(Broken, match="token"):
        async with living(tmp_path, channels=channels):
            pass


def test_an_extra_that_nobody_named_is_not_imported() -> None:
    code = f"import claw.daemon.run, sys; print([m for m in sys.modules if m.partition('.')[0] in {LATE}])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
