"""What is the same for every daemon of a process is worked out once in it.

Half of what a start costs is reading texts that never change while tests run: policies, houses, the sentences of five
languages, the files of the page; and bringing an empty database to its shape, step by step.  The first daemon does all
of it as it is written; what came out is handed to the next one.  What could be changed is made anew for each.
"""

import pickle
import sqlite3
import sys
from collections.abc import Callable, Container
from contextlib import closing
from functools import cache, lru_cache
from typing import Any

_MOST = 500
_LONGEST = 200_000


def spare(but: Container[str] = ()) -> None:
    """Spare this process what it did already, in the modules that it has read by now ``but`` these; call it at will."""
    for name, spares in _SPARED.items():
        if name in sys.modules and name not in but:
            spares(sys.modules[name])


def _of(module: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Have a function remember; whoever empties the caches of Claw (``tests/prove/server.py``) empties this one too."""

    def remembering(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__module__ = module.__name__
        return lru_cache(_MOST)(function)

    return remembering


def _documents(documents: Any) -> None:
    """A text is read into values and marks once; a wrong one, whose error has a name, every time anew."""
    reads = documents._parse
    if hasattr(reads, "spared"):
        return

    @_of(documents)
    def known(text: str) -> tuple[bytes, Any]:
        value, marks = reads(text, "")
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL), marks

    def parse(text: str, name: str) -> Any:
        if len(text) > _LONGEST:
            return reads(text, name)
        try:
            value, marks = known(text)
        except documents.Invalid:
            return reads(text, name)
        return pickle.loads(value), marks  # noqa: S301  written by ourselves

    parse.spared = reads  # type: ignore[attr-defined]
    documents._parse = parse


def _languages(language: Any) -> None:
    """A language is the same object for everybody: nothing in it changes, and what hassil makes of it is kept there."""
    reads = language.load
    known = language.__dict__.setdefault("_known_to_tests", cache(reads))
    for name, module in list(sys.modules.items()):
        if name.startswith("claw.") and module is not language and getattr(module, "load", None) is reads:
            module.load = known  # type: ignore[attr-defined]


def _assets(assets: Any) -> None:
    """A file of the page is pressed once."""
    if not hasattr(assets._pressed, "cache_info"):
        assets._pressed = cache(assets._pressed)


def _migrations(migrations: Any) -> None:
    """An empty database becomes a copy of one that took every step; any other takes its steps."""
    steps, database = migrations.STEPS, migrations.Database
    applies = steps.apply
    if hasattr(applies, "spared"):
        return

    @_of(migrations)
    def shape(_steps: tuple[str, ...]) -> bytes:
        with closing(sqlite3.connect(":memory:", isolation_level="DEFERRED")) as made:
            applies(database(made, execute_plugins=False))
            made.commit()
            return made.serialize()

    def apply(db: Any, **as_far: Any) -> None:
        empty = db.conn.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        if as_far or not empty or db.conn.in_transaction:
            applies(db, **as_far)
            return
        with closing(sqlite3.connect(":memory:")) as made:
            made.deserialize(shape(tuple(step.name for step in steps._migrations)))
            made.backup(db.conn)

    apply.spared = applies  # type: ignore[attr-defined]  for who tests the steps
    steps.apply = apply


def _commands(commands: Any) -> None:
    """The command line is put together once: 50 ms of what a command takes; it is the same for every one."""
    if hasattr(commands.build, "cache_info"):
        return
    typer_main = commands.typer.main
    commands.build = build = cache(commands.build)
    makes = typer_main.get_command
    made: list[Any] = []

    def get_command(app: Any) -> Any:
        if not made and app is build():
            made.append(makes(app))
        return made[0] if made and app is build() else makes(app)

    typer_main.get_command = get_command


_SPARED = {
    "claw.base.documents": _documents,
    "claw.mind.language": _languages,
    "claw.channels.web.assets": _assets,
    "claw.cli.commands": _commands,
    "claw.store.migrations": _migrations,
}
