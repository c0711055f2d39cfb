"""`claw init`: from an address to a home that Claw may run, in a dozen answers; again whenever something changed."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.config import TOKEN_VARIABLE, Config, read_config
from claw.base.config_listen import PORT
from claw.base.documents import read_text
from claw.base.errors import ClawError, Invalid, Refused
from claw.base.places import CREDENTIALS, SERVICE_CONFIG, SERVICE_STATE, kept_at
from claw.cli import show
from claw.cli.options import CONFIG, AsJson, ConfigFile, StateDir, config_file, directory
from claw.cli.owner import ROOT

Yes = Annotated[bool, typer.Option("--yes", help="Take what is usual, or what was answered the last time.")]
Answers = Annotated[Path | None, typer.Option("--answers", help="A YAML file of answers, for no terminal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would be written.")]
TokenFile = Annotated[Path | None, typer.Option("--token-file", help="A file with a long-lived token.")]

KEPT_AS = "house-token"
"""The file of the token, beside the configuration or for the service among its secrets."""


@dataclass(frozen=True)
class _Where:
    """The files, and what the configuration says that is there already; ``settings`` None where there is none.

    ``named`` is what the configuration calls ``token``; ``reader`` the group of the service that all of it is for.
    """

    config: Path
    policy: Path
    token: Path
    named: str
    settings: Config | None
    reader: int | None

    @property
    def folder(self) -> Path:
        return self.config.parent


def init(  # noqa: PLR0913, PLR0917  each is an option of the command line
    config: ConfigFile = CONFIG,
    url: Annotated[str, typer.Option("--url", help="The address of Home Assistant.")] = "",
    token_file: TokenFile = None,
    people: Annotated[str, typer.Option("--people", help='Such as "anna=owner, mia=child:kids_room".')] = "",
    answers: Answers = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    trial: Annotated[bool, typer.Option("--trial/--no-trial", help="Press stop once, and move one lamp.")] = True,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where the page is to be.")] = PORT,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Set Claw up for a home: find Home Assistant, ask a dozen things, propose configuration and policy, try it once.

    A second run keeps what you changed in the files. Home Assistant's locks, doors, alarms and heaters are listed.
    """
    from claw.cli.init_asking import Asking, read_answers  # noqa: PLC0415  no other command needs any of this
    from claw.cli.init_work import Work  # noqa: PLC0415  the same

    clock = SystemClock()
    begun = clock.monotonic()
    where = _where(config_file(config, state_dir) if os.geteuid() == ROOT else config)
    _may_write(where, directory(state_dir))
    given = read_answers(answers) if answers else {}
    given |= {key: value for key, value in (("address", url), ("people", people)) if value}
    asking = Asking(given, usual=yes, quiet=as_json)
    kept = _secret_at(where.token)
    files = (where.config, where.policy, where.token)
    work = Work(asking, *files, port=port, quiet=as_json, named=where.named, reader=where.reader)
    home, token = work.home(where.settings, _secret(token_file), kept or _secret_at(where.folder / KEPT_AS))
    answer: dict[str, Json] = work.decide(home)
    written = not dry_run and work.write("" if token == kept else token)
    answer["written"] = written
    if written and trial and work.wants_trial():
        answer |= work.tried(home, directory(state_dir))
    answer |= {"answers": asking.count, "seconds": round(clock.monotonic() - begun, 1)}
    if as_json:
        show.show(answer, as_json=True, human=lambda _: None)
    else:
        work.close(answer)
    tried = answer.get("trial")
    raise typer.Exit(1 if isinstance(tried, Mapping) and not tried["ok"] else 0)


def _where(config: Path) -> _Where:
    folder = config.parent
    settings: Config | None = None
    with suppress(Invalid):  # a file that does not hold is somebody's own, and stays
        settings = read_config(config) if config.exists() else None
    policy = settings.policy if settings else folder / "policy.yaml"
    token = settings.house.token_file if settings and settings.house.token_file else folder / KEPT_AS
    reader: int | None = None
    if os.geteuid() == ROOT and folder.resolve() == SERVICE_CONFIG.parent and SERVICE_STATE.is_dir():
        reader = SERVICE_STATE.stat().st_gid
        if token in {folder / KEPT_AS, folder.resolve() / KEPT_AS}:  # root's alone: the service could not read it
            token = CREDENTIALS / KEPT_AS
    named = str(token) if token.parent == CREDENTIALS else token.name
    return _Where(config, policy, kept_at(token), named, settings, reader)


def _may_write(where: _Where, state: Path) -> None:
    """Refuse what a daemon itself started, and where nothing could be written; raises Refused."""
    from claw.cli.policy_file import PolicyFile  # noqa: PLC0415  no other command needs it

    for path in (where.config, where.policy):
        if path.exists():
            PolicyFile.of(path, state)
    there = where.folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise Refused(f"nothing can be written in {where.folder}: name another place with --config")


def _secret(path: Path | None) -> str:
    if path is not None:
        return read_text(path).strip()
    return os.environ.get(TOKEN_VARIABLE, "").strip()


def _secret_at(path: Path) -> str:
    try:
        return read_text(path).strip() if path.is_file() else ""
    except (ClawError, OSError):
        return ""
