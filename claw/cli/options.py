"""The options that many commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Origin
from claw.base.config import state_directory
from claw.cli.client import ANSWER_S, Client

StateDir = Annotated[
    Path | None,
    typer.Option("--state-dir", help="Where the daemon keeps its state.", envvar="CLAW_STATE_DIR", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes into the log.")]
ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration file.")]

CONFIG = Path("config.yaml")


def directory(state_dir: Path | None) -> Path:
    """Return the state directory that the options and the environment name."""
    return state_directory(state_dir, "claw")


def client(state_dir: Path | None, seconds: float = ANSWER_S) -> Client:
    """Return a client for the daemon of this state directory."""
    return Client(directory(state_dir), seconds=seconds)


def console() -> Origin:
    """Return who types here, for what is done with no daemon there to say it."""
    return Origin(channel="cli", source=f"uid {os.getuid()}")
