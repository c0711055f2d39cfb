"""Backups from the command line: make one, list them, prove one, restore one.

None of it needs a daemon.  Where one runs it goes on, and signs the head of its log for the backup.
"""

import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.errors import Broken, ClawError, Refused
from claw.base.places import kept_at
from claw.cli import show
from claw.cli.client import NoDaemon
from claw.cli.options import CONFIG, AsJson, StateDir, client, config_file, console, directory
from claw.cli.owner import ROOT, as_owner

# What opens, reads and proves a backup is imported where it is used: most commands need none of it.
if TYPE_CHECKING:
    from claw.base.config import Config
    from claw.daemon.backups import Told
    from claw.store.encrypted import Secret


class Shortened(TyperGroup):
    """A group of commands one of which may be left out: ``claw backup FILE``."""

    left_out = "make"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put it before what names no command."""
        if args[:1] != ["--help"] and not set(args[:1]) & set(self.commands):
            args = [self.left_out, *args]
        return super().parse_args(ctx, args)


commands = typer.Typer(cls=Shortened, help="Back up all that a home is; see which backups there are, and prove them.")

KeyFile = Annotated[
    Path | None, typer.Option("--key-file", help="The key that it is encrypted with.", show_default=False)
]
Passphrase = Annotated[
    bool, typer.Option("--passphrase", help="Encrypted with a passphrase: asked for, or the first line of the input.")
]
ConfigHere = Annotated[
    Path | None,
    typer.Option("--config", help="The configuration; else config.yaml, where there is one.", show_default=False),
]
Backup = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
Folder = Annotated[Path | None, typer.Option("--folder", help="A folder of backups; else that of the configuration.")]


@commands.command(epilog="Example: claw backup make --folder /mnt/nas/claw --key-file claw.key")
def make(  # noqa: PLR0913, PLR0917  each is an option of the command
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The file to write.", show_default=False)
    ] = None,
    folder: Folder = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="How many backups of this home stay in the folder.", show_default=False)
    ] = None,
    config: ConfigHere = None,
    key_file: KeyFile = None,
    passphrase: Passphrase = False,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Tokens and keys of the configuration too; only encrypted.")
    ] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Back up the home to a file or into a folder, beside a running daemon or without one.

    The word ``make`` may be left out.  Without a file and a folder it does what the configuration's backup says.
    """
    from claw.care.backup import home_of_config  # noqa: PLC0415  see above
    from claw.daemon import backups  # noqa: PLC0415  see above

    settings = _settings(config, state_dir)
    wanted = settings.backup if settings is not None and file is None and folder is None else None
    if wanted is not None:
        folder, keep, key_file = wanted.folder, keep or wanted.keep, key_file or _kept(wanted.key_file)
    if (file is None) == (folder is None):
        raise typer.BadParameter("name either a file or a folder, or have a backup section in the configuration")
    secret = _secret(key_file, asked=passphrase, twice=True)
    state = directory(state_dir)
    as_owner(state, file.absolute().parent if file is not None else folder)  # who has to prune what this leaves there
    home, loose = home_of_config(state, settings, with_secrets=with_secrets)
    notes = [f"{one} lies in no file and is not in it" for one in loose]
    if settings is None:
        notes.append("there is no configuration here, so it and the policy are not in it: name it with --config")
    now, log = SystemClock().now(), backups.log_of(state)
    to = file.absolute() if file is not None else _named(folder, backups.file_name(log, now, encrypted=bool(secret)))
    with _progress("Backing up") as told:
        made = backups.make(home, to, now, secret, lambda: _signed(state_dir, notes), told)
    gone = backups.prune(to.parent, log, keep, now) if keep is not None and folder is not None else []
    notes += [f"not in it: {path}" for path in made.left_out]
    answer: Json = {
        "file": str(made.path),
        "bytes": made.size,
        "encrypted": secret is not None,
        **{key: made.contents.about[key] for key in ("made", "log", "entries", "stopped")},
        "signed": bool(made.contents.about["checkpoint"]),
        "notes": notes,
        "removed": [str(path) for path in gone],
    }

    def human(_: Json) -> None:
        signed = "" if answer["signed"] else ", whose head was signed earlier"
        show.out.print(f"[green]Backed up[/] to {show.safe(str(made.path))} ({_amount(made.size)}).", soft_wrap=True)
        show.out.print(f"The log in it has {answer['entries']} entries{signed}.")
        if secret is None:
            show.out.print("It is not encrypted: whoever reads it reads your home, and has the key that signs the log.")
        for note in notes:
            show.out.print(f"[yellow]{show.safe(note)}[/]", soft_wrap=True)
        for path in gone:
            show.out.print(f"removed {show.safe(str(path))}", soft_wrap=True)

    show.show(answer, as_json=as_json, human=human)


@commands.command("list", epilog="Example: claw backup list --folder /mnt/nas/claw")
def list_backups(folder: Folder = None, config: ConfigHere = None, as_json: AsJson = False) -> None:
    """List the backups in a folder, newest first: when each was made, of which log, and how large it is."""
    from claw.daemon.backups import kept_in  # noqa: PLC0415  see above

    if folder is None:
        settings = _settings(config, None)
        if settings is None or settings.backup is None:
            raise typer.BadParameter("name a folder, or have a backup section in the configuration")
        folder = settings.backup.folder
    found = kept_in(folder)
    rows: Json = [
        {
            "file": str(one.path),
            "made": one.made.isoformat(),
            "log": one.log,
            "bytes": one.size,
            "encrypted": one.encrypted,
        }
        for one in found
    ]

    def human(_: Json) -> None:
        if not found:
            show.out.print(f"There is no backup in {show.safe(str(folder))}.", soft_wrap=True)
        for one in found:
            how = "  encrypted" if one.encrypted else ""
            made = one.made.astimezone().strftime("%Y-%m-%d %H:%M")
            show.out.print(f"{made}  log {one.log}  {_amount(one.size):>9}  {show.safe(one.path.name)}{how}")

    show.show(rows, as_json=as_json, human=human)


@commands.command(epilog="Example: claw backup verify claw-1f2e3d4c-20261122T033000Z.tar")
def verify(
    file: Backup,
    key_file: KeyFile = None,
    passphrase: Passphrase = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a backup would do: every hash, every page, the chain of its log and the signatures over it.

    It is unpacked aside for that, in the state directory where there is one, and removed again.
    """
    from claw.care.backup import as_json as told_as_json  # noqa: PLC0415  see above
    from claw.care.backup import verified  # noqa: PLC0415  see above
    from claw.store.copying import out_of_reach  # noqa: PLC0415  see above

    secret, state = _secret(key_file, asked=passphrase), directory(state_dir)
    try:
        with _progress("Verifying") as told:
            contents, found = verified(file, secret, out_of_reach(state) if state.is_dir() else None, told)
    except Refused as error:
        why = [str(error)]
        show.show({"ok": False, "problems": why}, as_json=as_json, human=lambda _: _does_not_hold(why))
        raise typer.Exit(1) from error
    answer = told_as_json(contents, found)

    def human(_: Json) -> None:
        for warning in found.warnings:
            show.out.print(f"[yellow]{show.safe(warning)}[/]", soft_wrap=True)
        if found.problems:
            _does_not_hold(found.problems)
            return
        signed = f"signed up to entry {found.signed}" if found.signed else "never signed"
        show.out.print(f"[green]The backup holds[/]: made {show.safe(str(answer['made']))}, by Claw {answer['claw']}.")
        show.out.print(f"Its log has {found.entries} entries and is {signed}.")

    show.show(answer, as_json=as_json, human=human)
    raise typer.Exit(0 if not found.problems else 1)


@commands.command(epilog="Example: claw backup key claw.key")
def key(file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")]) -> None:
    """Make a key to encrypt backups with. Keep a copy of it elsewhere: without it none of them can be restored."""
    from claw.store.encrypted import make_key_file  # noqa: PLC0415  see above

    make_key_file(file)
    show.out.print(f"Written to {show.safe(str(file))}. Keep a copy of it where neither this machine nor a backup is.")


def restore(
    file: Backup,
    key_file: KeyFile = None,
    passphrase: Passphrase = False,
    config_folder: Annotated[
        Path | None,
        typer.Option(help="Where configuration and policy go; else a folder in the state.", show_default=False),
    ] = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup: prove it, move the old state aside, put it in its place. Claw is stopped afterwards.

    No daemon may run on the state directory. Nothing is deleted, and nothing changes where the backup does not hold.
    """
    from claw.care.restore import Wanted  # noqa: PLC0415  see above
    from claw.care.restore import restore as put_back  # noqa: PLC0415  see above

    secret = _secret(key_file, asked=passphrase)
    wanted = Wanted(file, directory(state_dir), console(), secret, config_folder.absolute() if config_folder else None)
    with _progress("Restoring") as told:
        done = put_back(wanted, SystemClock(), told)

    def human(_: Json) -> None:
        show.out.print(f"[green]Restored[/] the backup of {show.safe(done.made)} to {show.safe(str(done.state))}.")
        if done.aside is not None:
            show.out.print(f"What was there is {show.safe(str(done.aside))} now.", soft_wrap=True)
        for path in done.written:
            show.out.print(f"written: {show.safe(str(path))}", soft_wrap=True)
        for warning in done.warnings:
            show.out.print(f"[yellow]{show.safe(warning)}[/]", soft_wrap=True)
        show.out.print(f"[bold]It is stopped[/]: {show.safe(done.stopped)}", soft_wrap=True)
        show.out.print('Start the daemon, look around, then: claw reset --reason "I looked"')

    show.show(done.as_json(), as_json=as_json, human=human)


def _settings(config: Path | None, state_dir: Path | None) -> "Config | None":
    from claw.base.config import read_config  # noqa: PLC0415  see above

    meant = config or config_file(CONFIG, state_dir)
    return None if config is None and not meant.is_file() else read_config(meant)


def _kept(secret: Path | None) -> Path | None:
    """Return where the service's ``secret`` lies for root, which has it also while the service does not run."""
    if secret is None or os.geteuid() != ROOT or not kept_at(secret).is_file():
        return secret
    return kept_at(secret)


def _named(folder: Path | None, name: str) -> Path:
    if folder is None or not folder.is_dir():
        raise Broken(f"there is no folder {folder}: make it, or is its disk not there?")
    return folder.absolute() / name


def _secret(key_file: Path | None, *, asked: bool, twice: bool = False) -> "Secret | None":
    from claw.store.encrypted import passphrase, read_key_file  # noqa: PLC0415  see above

    if key_file is not None and asked:
        raise typer.BadParameter("name a key file or ask for a passphrase, not both")
    if key_file is not None:
        return read_key_file(key_file)
    if not asked:
        return None
    if sys.stdin.isatty():
        return passphrase(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True))
    return passphrase(sys.stdin.readline().rstrip("\r\n"))


def _signed(state_dir: Path | None, notes: list[str]) -> str:
    """Have the running daemon sign the head of its log; without one the log ends as the last daemon signed it."""
    try:
        return str(client(state_dir).ask("log_checkpoint")["note"])
    except NoDaemon:
        return ""
    except ClawError as error:
        notes.append(f"the head of the log was not signed for it: {error}")
        return ""


def _does_not_hold(problems: Sequence[str]) -> None:
    for problem in problems:
        show.out.print(f"[red]{show.safe(problem)}[/]", soft_wrap=True)
    show.out.print("[bold red]The backup does not hold.[/]")


@contextmanager
def _progress(what: str) -> "Generator[Told]":
    """Show how far it is, where somebody is looking."""
    with show.err.working(f"{what} ...") as line:
        shown = -1

        def told(done: int, of: int) -> None:
            nonlocal shown
            percent = 100 * done // max(of, 1)
            if percent != shown:
                shown = percent
                line.update(f"[dim]{what} ... {percent} %[/]")

        yield told


def _amount(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 10**6 else f"{size / 1e3:.1f} kB"
