from pathlib import Path
from typing import cast

import pytest

from claw.base.config_care import BackupConfig
from claw.base.config_channels import ChannelsConfig, McpConfig, McpServerConfig
from claw.base.config_listen import ListenConfig, TlsConfig
from claw.base.errors import Broken
from claw.channels.agent_jobs import Jobs
from claw.daemon.met_mcp import Served
from claw.daemon.met_tools import secrets_of, tools
from tests.living import config, living

SERVERS = McpConfig(servers={"notes": McpServerConfig(command=("notes",), token_file=Path("/k/notes"))})


async def test_the_tools_are_where_the_judge_the_programs_and_the_console_look(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        made = tools(daemon, SERVERS)
        assert daemon.socket.tools is made
        assert daemon.programming.answers == made.text
        assert made._services is daemon.programming.around.judge.services
        assert daemon.programming().programs.segments.world.services is made._services
        assert daemon.gate._door.own["mcp"] is made
        assert made._speaking.children is daemon.stopping.children
        assert made._speaking.hidden[0] == tmp_path / "state"


def test_every_file_with_a_secret_is_hidden(tmp_path: Path) -> None:
    plain = config(tmp_path)
    assert secrets_of(plain, {}) == ()
    whole = plain.model_copy(
        update={
            "house": plain.house.model_copy(update={"token_file": Path("/k/house")}),
            "listen": ListenConfig(tls=TlsConfig(certificate=Path("/k/cert"), key=Path("/k/key"))),
            "channels": ChannelsConfig.model_validate(
                {
                    "telegram": {"token_file": "/k/telegram"},
                    "mqtt": {"host": "h", "password_file": "/k/mqtt"},
                    "notifiers": [
                        {"kind": "ntfy", "url": "https://ntfy.example", "topic": "t", "token_file": "/k/ntfy"}
                    ],
                    "mcp": SERVERS,
                }
            ),
            "backup": BackupConfig(folder=Path("/b"), key_file=Path("/k/backup")),
        }
    )
    assert {str(path) for path in secrets_of(whole, {"CREDENTIALS_DIRECTORY": "/c"})} == {
        "/b",
        "/c",
        "/k/backup",
        "/k/cert",
        "/k/house",
        "/k/key",
        "/k/telegram",
        "/k/mqtt",
        "/k/ntfy",
        "/k/notes",
    }


async def test_without_the_package_the_daemon_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(tmp_path) as daemon:
        monkeypatch.setattr("claw.daemon.met_tools.find_spec", lambda _: None)
        with pytest.raises(Broken, match="make channels"):
            tools(daemon, SERVERS)
        monkeypatch.setattr("claw.daemon.met_mcp.find_spec", lambda _: None)
        with pytest.raises(Broken, match="make channels"):
            await Served(daemon, daemon.web, cast("Jobs", None)).start()
