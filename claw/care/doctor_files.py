"""Who else can read or change the files of this Claw: its state, its secrets, its configuration and its policy."""

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from claw.base.config import Config
from claw.base.secret_files import secret_files
from claw.care.doctor_case import Case
from claw.care.finding import Finding
from claw.store.db import PRIVATE_DIRECTORY

ABOUT = "files"
OTHERS = stat.S_IRWXG | stat.S_IRWXO
WRITABLE = stat.S_IWGRP | stat.S_IWOTH
MOST_FILES = 5_000
NAMED = 3
CREDENTIALS = "/run/credentials/"
"""Where systemd puts what a unit is given: nobody else enters a unit's folder there, whatever modes its files show."""
_ROOT = 0


def files(case: Case) -> Iterator[Finding]:
    """Give the files with other rights than they should have."""
    odd = [*_state(case), *(_named(case.config, case) if case.config is not None else ())]
    yield from odd
    if not odd:
        yield Finding(ABOUT, "ok", "Nobody else can read the state directory and the secrets, or write what counts.")


def _state(case: Case) -> Iterator[Finding]:
    """Give what is odd in the state directory, whose files are all its owner's and nobody else's."""
    try:
        top = case.state.stat()
    except OSError:
        return
    quoted = shlex.quote(str(case.state))
    if stat.S_IMODE(top.st_mode) & OTHERS:
        text = f"The state directory {quoted} is open to others (mode {stat.S_IMODE(top.st_mode):o})."
        yield Finding(ABOUT, "problem", text, f"chmod {PRIVATE_DIRECTORY:o} {quoted}")
    if top.st_uid not in {os.geteuid(), _ROOT} and os.geteuid() != _ROOT:
        text = f"The state directory {quoted} belongs to another user (uid {top.st_uid}): look as that user."
        yield Finding(ABOUT, "problem", text)
        return
    exposed: list[str] = []
    foreign: list[str] = []
    for path, found in _below(case.state):
        if stat.S_ISLNK(found.st_mode):
            continue
        if stat.S_IMODE(found.st_mode) & OTHERS:
            exposed.append(path)
        if found.st_uid != top.st_uid:
            foreign.append(path)
    if exposed:
        text = f"{_listed(exposed)} in the state directory can be read or entered by others."
        yield Finding(ABOUT, "problem", text, f"chmod -R go= {quoted}")
    if foreign:
        text = f"{_listed(foreign)} in the state directory belongs to another user than the directory."
        yield Finding(ABOUT, "problem", text, f"chown -R {top.st_uid} {quoted}")


def _below(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Give the first thousands of files below a folder, by their path in it."""
    waiting, seen = [folder], 0
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(here))
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > MOST_FILES:
                return
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # a daemon makes and removes files while this looks
            if stat.S_ISDIR(found.st_mode):
                waiting.append(Path(entry.path))
            yield os.path.relpath(entry.path, folder), found


def _named(config: Config, case: Case) -> Iterator[Finding]:
    """Give what is odd about the files that the configuration names, and about itself."""
    certificate = config.listen.tls.certificate if config.listen.tls is not None else None
    secrets = [path for path in secret_files(config) if path != certificate]
    if config.backup is not None and config.backup.key_file is not None:
        secrets.append(config.backup.key_file)
    yield from _secrets(dict.fromkeys(secrets))
    for what, path in (("configuration", case.wanted.config), ("policy", config.policy)):
        yield from _counting(what, path)
    if case.wanted.security:
        yield from _readable(case.wanted.config, secrets)


def _secrets(paths: Iterable[Path]) -> Iterator[Finding]:
    for path in paths:
        if str(path).startswith(CREDENTIALS):
            continue
        quoted = shlex.quote(str(path))
        try:
            found = path.stat()
        except FileNotFoundError:
            yield Finding(ABOUT, "problem", f"The secret {quoted} is named and not there.", f"Put it at {quoted}.")
            continue
        except OSError as error:
            text = f"The secret {quoted} could not be looked at: {error.strerror}."
            yield Finding(ABOUT, "note", text, "Look as the user that Claw runs as.")
            continue
        if not stat.S_ISREG(found.st_mode):
            yield Finding(ABOUT, "problem", f"The secret {quoted} is no file.", f"Put it at {quoted}, in a file.")
            continue
        if stat.S_IMODE(found.st_mode) & OTHERS:
            text = f"The secret {quoted} can be read by others (mode {stat.S_IMODE(found.st_mode):o})."
            yield Finding(ABOUT, "problem", text, f"chmod 600 {quoted}")
        if found.st_uid not in {os.geteuid(), _ROOT} and os.geteuid() != _ROOT:
            text = f"The secret {quoted} belongs to another user (uid {found.st_uid})."
            yield Finding(ABOUT, "problem", text, f"chown {os.geteuid()} {quoted}")


def _counting(what: str, path: Path) -> Iterator[Finding]:
    """Give who else may write a file that says what Claw may do."""
    quoted = shlex.quote(str(path))
    for each, is_folder in ((path, False), (Path(os.path.realpath(path)).parent, True)):
        try:
            found = each.stat()
        except OSError:
            continue
        if not is_folder and not stat.S_ISREG(found.st_mode):
            continue  # that it is no file is said where it is read, and a command would change what it leads to
        mode = stat.S_IMODE(found.st_mode)
        if mode & WRITABLE and not (is_folder and mode & stat.S_ISVTX):
            where = f"The folder of the {what}, {shlex.quote(str(each))}," if is_folder else f"The {what} {quoted}"
            text = f"{where} can be changed by others (mode {mode:o}): who writes it decides what Claw may do."
            yield Finding(ABOUT, "problem", text, f"chmod go-w {shlex.quote(str(each))}")
        if found.st_uid not in {os.geteuid(), _ROOT} and os.geteuid() != _ROOT and not is_folder:
            text = f"The {what} {quoted} belongs to another user (uid {found.st_uid}), who may change it."
            yield Finding(ABOUT, "warning", text, f"chown {os.geteuid()} {quoted}")


def _readable(config: Path, secrets: Iterable[Path]) -> Iterator[Finding]:
    """Give a configuration that everybody reads beside a secret: it says who is at home and where the secret lies."""
    beside = any(path.parent == Path(os.path.realpath(config)).parent for path in secrets)
    try:
        readable = stat.S_IMODE(config.stat().st_mode) & stat.S_IROTH
    except OSError:
        return
    if beside and readable:
        quoted = shlex.quote(str(config))
        text = f"Everybody on this machine can read {quoted}, which lies beside a secret and names the people."
        yield Finding(ABOUT, "warning", text, f"chmod 600 {quoted}")


def _listed(names: list[str]) -> str:
    names = sorted(names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(shlex.quote(name) for name in names[:NAMED]) + more
