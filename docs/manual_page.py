"""The page of the manual, ``claw(1)``, made from the commands: what ``--help`` tells, in one place for ``man``."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from claw.cli.command_tree import Command, Taken

ROOT = Path(__file__).parents[1]

CODES = (
    (0, "It was done."), (1, "It failed, or only a part of it was done."), (2, "It was not asked rightly."),
    (3, "The policy, or Claw, refused it."), (4, "Claw is stopped."), (5, "It was not clear what was meant."),
)  # fmt: skip
VARIABLES = (
    ("CLAW_STATE_DIR", "Where the daemon keeps its state, for every command that has --state-dir."),
    ("CLAW_HOUSE_TOKEN", "The token for Home Assistant, where the configuration names no file with it."),
    ("OPENAI_API_KEY", "The key for the model, where the configuration names no file with it."),
    ("CLAW_MODEL, OPENAI_BASE_URL", "The model that claw demo asks."),
    ("NO_COLOR", "Print without colours."),
)


def manual_page(claw: Command) -> str:
    """Return the page for ``man``, written with the macros of man(7)."""
    version, day = _newest()
    lines = [
        '.\\" Made from the commands by `make docs`.',
        f'.TH CLAW 1 {_quoted(day)} {_quoted("Claw " + version)} "User Commands"',
        ".SH NAME",
        "claw \\- a daemon that runs a home, and can be trusted with it",
        ".SH SYNOPSIS",
        ".B claw",
        "\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...",
        ".SH DESCRIPTION",
        *_wrapped(
            "Whatever is said, typed or clicked becomes an action; every action passes one door, where a policy file"
            " decides; and what came of it is read from the state of the device."
        ),
        ".B claw demo",
        "runs all of it on a simulated house.",
        ".PP",
        "Every command tells about itself with",
        f".BR {_text('--help')} .",
        ".SH OPTIONS",
        *_taken(claw.takes),
        ".SH COMMANDS",
        *(line for each in claw.walk() if each.runs and each is not claw for line in _command(each)),
        ".SH EXIT STATUS",
        *(line for code, said in CODES for line in (".TP", f".B {code}", *_wrapped(said))),
        ".SH ENVIRONMENT",
        *(line for name, said in VARIABLES for line in (".TP", f".B {_text(name)}", *_wrapped(said))),
        ".SH SEE ALSO",
        ".BR bwrap (1),",
        ".BR systemd.exec (5)",
    ]
    return "\n".join(lines) + "\n"


def _command(command: Command) -> Iterator[str]:
    words = [_bold(" ".join(command.path))]
    words += [f"[{_italic(each.value)}]" if not each.required else _italic(each.value) for each in command.arguments]
    yield f".SS {_quoted(' '.join(words))}"
    for at, paragraph in enumerate(re.split(r"\n\s*\n", command.about)):
        said = [line.strip() for line in paragraph.strip().splitlines() if line.strip()]
        if at:
            yield ".PP"
        if said and all(line.startswith("claw ") for line in said):
            yield from (".nf", *map(_text, said), ".fi")
        else:
            yield from _wrapped(" ".join(said))
    yield from _taken(each for each in command.takes if each.about or each.is_option)
    if command.example:
        yield from (".PP", "Example:", ".PP", f".B {_text(command.example)}")


def _taken(takes: Iterator[Taken] | tuple[Taken, ...]) -> Iterator[str]:
    for each in takes:
        yield ".TP"
        names = ", ".join(map(_bold, each.names)) if each.is_option else _italic(each.value)
        yield names + (f" {_italic(each.value)}" if each.is_option and each.value else "")
        yield from _wrapped(each.about or "See above.")


def _newest() -> tuple[str, str]:
    """Return the version that the changelog told of last, and its day."""
    found = re.search(r"^## \[?(\d[\w.]*)\]?\D*(\d{4}-\d\d-\d\d)?", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit("the changelog tells of no version")
    return found[1], found[2] or ""


def _wrapped(text: str) -> list[str]:
    """Return a paragraph in lines that stay short when their hyphens are written for the manual."""
    found = textwrap.wrap(" ".join(text.split()), 72, break_long_words=False, break_on_hyphens=False)
    return [_text(line) for line in found]


def _text(text: str) -> str:
    """Return a line that is printed as it stands: no macro, no escape, hyphens that can be copied."""
    said = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{said}" if said.startswith((".", "'")) else said


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "\\(dq") + '"'


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _italic(text: str) -> str:
    return f"\\fI{_text(text)}\\fR"
