"""The options that many commands share."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Origin
from claw.base.config import state_directory
from claw.base.places import SERVICE_CONFIG, SERVICE_STATE, SOCKET, listened_on, service_is_here
from claw.cli.client import ANSWER_S, Client
from claw.cli.owner import ROOT

StateDir = Annotated[
    Path | None,
    typer.Option("--state-dir", help="Where the daemon keeps its state.", envvar="CLAW_STATE_DIR", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes into the log.")]
ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration file.")]

CONFIG = Path("config.yaml")


def directory(state_dir: Path | None) -> Path:
    """Return the state directory that the options and the environment name.

    Where they name none it is that of one's own daemon if one runs, else that of this machine's service if there is
    one, else one's own.
    """
    return directories(state_dir)[0]


def directories(state_dir: Path | None) -> tuple[Path, ...]:
    """Return the same, and behind it the service's where one's own daemon runs beside it: a stop is for both."""
    own = state_directory(state_dir, "claw")
    if state_dir is not None or os.environ.get("CLAW_STATE_DIR") or not service_is_here():
        return (own,)
    return (own, SERVICE_STATE) if listened_on(own / SOCKET) else (SERVICE_STATE,)


def config_file(config: Path, state_dir: Path | None) -> Path:
    """Return the configuration that a command is about.

    It is ``config`` where that was typed or is there; else, for a command about this machine's service, the service's,
    where whoever types may see it.
    """
    if config != CONFIG or _typed() or config.exists() or directory(state_dir) != SERVICE_STATE:
        return config
    return SERVICE_CONFIG if os.geteuid() == ROOT or os.path.exists(SERVICE_CONFIG) else config  # noqa: PTH110  Path raises


def _typed() -> bool:
    return any(word.partition("=")[0] == "--config" for word in sys.argv)


def client(state_dir: Path | None, seconds: float = ANSWER_S) -> Client:
    """Return a client for the daemon of this state directory."""
    return Client(directory(state_dir), seconds=seconds)


def console() -> Origin:
    """Return who types here, for what is done with no daemon there to say it."""
    return Origin(channel="cli", source=f"uid {os.getuid()}")
