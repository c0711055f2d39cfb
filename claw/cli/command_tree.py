"""The commands as plain values: what a page of the manual and a shell need to know of each.

Both are made from the command line itself, so that they cannot name what is not there, and made once, so that a shell
need not start Claw at every press of a key.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from claw.base.action import Json


@dataclass(frozen=True)
class Taken:
    """One option or argument: how it is written, what it is for, and whether a value or a file follows it."""

    names: tuple[str, ...]
    about: str
    value: str = ""
    file: bool = False
    required: bool = False

    @property
    def is_option(self) -> bool:
        """Whether it is written with its name."""
        return self.names[0].startswith("-")


@dataclass(frozen=True)
class Command:
    """One command: the words that it is called by, its help, an example, what it takes, and the commands below it."""

    path: tuple[str, ...]
    about: str
    example: str = ""
    takes: tuple[Taken, ...] = ()
    inner: "tuple[Command, ...]" = ()
    runs: bool = True

    @property
    def name(self) -> str:
        """Its last word."""
        return self.path[-1]

    @property
    def short(self) -> str:
        """The first sentence of its help, in one line without a full stop."""
        first = re.split(r"\.\s|\n\s*\n", self.about.strip() + "\n\n", maxsplit=1)[0]
        return " ".join(first.split()).rstrip(".:")

    @property
    def options(self) -> tuple[Taken, ...]:
        """What is written with its name."""
        return tuple(each for each in self.takes if each.is_option)

    @property
    def arguments(self) -> tuple[Taken, ...]:
        """What is written without a name, in order."""
        return tuple(each for each in self.takes if not each.is_option)

    def walk(self) -> "Iterator[Command]":
        """Give this command and all below it, each before what is below it, by name."""
        yield self
        for each in self.inner:
            yield from each.walk()


def tree(command: Any, path: tuple[str, ...] = ("claw",)) -> Command:
    """Return a command of the command line's library, and all below it, as values; hidden ones are left out."""
    inner = cast("Mapping[str, Any]", getattr(command, "commands", {}))
    return Command(
        path=path,
        about=_plain(command.help or ""),
        example=(command.epilog or "").removeprefix("Example: "),
        takes=tuple(_taken(each) for each in command.params if not getattr(each, "hidden", False)),
        inner=tuple(tree(each, (*path, name)) for name, each in sorted(inner.items()) if not each.hidden),
        runs=not inner or bool(command.callback),
    )


def _taken(parameter: Any) -> Taken:
    is_file = _is_file(parameter.type_descriptor.annotation)
    if parameter.param_type_name == "argument":
        said = (parameter.metavar or parameter.name).upper()
        return Taken((said.strip("[]."),), _plain(parameter.help or ""), said, is_file, parameter.required)
    value = "" if parameter.is_flag or parameter.count else (parameter.metavar or parameter.name.strip("_")).upper()
    names = (*parameter.opts, *parameter.secondary_opts)
    return Taken(names, _plain(parameter.help or ""), value.replace("_", "-"), is_file, parameter.required)


def _is_file(annotation: Json) -> bool:
    return annotation is Path or any(_is_file(each) for each in getattr(annotation, "__args__", ()))


def _plain(text: str) -> str:
    return re.sub(r"``", "`", text.replace("\b", "")).strip()
