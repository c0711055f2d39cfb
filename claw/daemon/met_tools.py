"""Puts the tools of other servers together: what programs may call as ``mcp.<server>.<tool>``."""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from claw.base.config import Config
from claw.base.config_channels import McpConfig
from claw.base.errors import Broken
from claw.base.reinstall import adding
from claw.base.secret_files import secret_files
from claw.daemon.tool_process import Speaking
from claw.daemon.tool_shapes import DOMAIN
from claw.daemon.tools import Ground, Tools

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon


def tools(daemon: "Daemon", config: McpConfig) -> Tools:
    """Return the tools of the configured servers; programs, and the model that writes them, know the accepted ones.

    Raises Broken where the package that speaks with them is not installed.
    """
    if find_spec("mcp") is None:
        raise Broken(f"channels: mcp: the package mcp is not installed: {adding('channels')}")
    on, around = daemon.memory.store.ground, daemon.programming.around
    speaking = Speaking(daemon.stopping.children, daemon.clock, (around.state, *secrets_of(daemon.config)))
    made = Tools(config.servers, Ground(on.db, on.clock, on.audit, on.permits), speaking, around.judge.services)
    daemon.gate.behind(DOMAIN, made)
    daemon.programming.answers = made.text
    if daemon.thinking is not None:
        daemon.thinking.planner.sight.tools = made.offered
    daemon.socket.tools = made
    return made


def secrets_of(config: Config, environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Return every file of the configuration that holds a secret, and the folders of systemd's and of the backups.

    No other program that Claw starts may read them; a backup holds all that the state directory does.
    """
    folders = [environment.get("CREDENTIALS_DIRECTORY")]
    if config.backup is not None:
        folders += [config.backup.key_file, config.backup.folder]
    return (*secret_files(config), *(Path(path) for path in folders if path))
