"""The pages as whoever reads them types them: each command that they show, and what it is said to print."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path

ROOT = Path(__file__).parents[1]
GENERATED = {"commands.md", "configuration.md"}
PAGES = {
    page.name: page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if page.name not in GENERATED
}

_SHELL = {"sh", "bash", "console"}
_PROGRAMS = (
    {".", "claw", "make", "sh", "apt", "podman", "docker", "systemctl", "journalctl", "ssh", "pip", "python3"}
    | {"touch", "man", "rm", "cp", "chmod", "curl", "git"}
)  # fmt: skip
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```|(?<=\n\n)((?:    [^\n]*\n)+)", re.MULTILINE | re.DOTALL)
_BEFORE = re.compile(r"^(?:\$ )?(?:sudo )?(?:\.venv/bin/)?")


@dataclass(frozen=True)
class Typed:
    """A command on a page: where, how it ends, and the lines that it must print, in this order."""

    page: str
    line: int
    text: str
    code: int = 0
    shown: list[str] = field(default_factory=list[str], compare=False)

    @property
    def words(self) -> tuple[str, ...]:
        """What the shell makes of it, without what goes into a file."""
        return tuple(shlex.split(self.text.partition(" > ")[0]))

    @property
    def into(self) -> str:
        """The file that it prints to, empty where it prints to the terminal."""
        return self.text.partition(" > ")[2]


def typed(page: str) -> Iterator[Typed]:
    """Give every command in the blocks of a page, of whatever program."""
    text = PAGES[page].read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        body = block[2] if block[3] is None else re.sub(r"^    ", "", block[3], flags=re.MULTILINE)
        if block[1] in _SHELL or _is_command(body):
            first = text.count("\n", 0, block.start(2) if block[3] is None else block.start(3)) + 1
            yield from _lines(page, first, body, shown=block[1] == "console")


def _is_command(body: str) -> bool:
    first = _BEFORE.sub("", body).split(maxsplit=1)
    is_program = bool(first) and (first[0] in _PROGRAMS or first[0].startswith("./"))
    return is_program or any(_BEFORE.sub("", line).startswith("claw ") for line in body.splitlines())


def _lines(page: str, first: int, body: str, *, shown: bool) -> Iterator[Typed]:
    step: Typed | None = None
    for number, line in enumerate(body.replace("\\\n", "\\").splitlines(), first):
        if not shown or line.startswith("$ "):
            if step is not None:
                yield step
            code = re.search(r"\s# exit (\d+)\b", line)
            command = re.sub(r"(^|\s+)#\s.*", "", _BEFORE.sub("", re.sub(r"\\\s*", "", line)))
            step = Typed(page, number, command, int(code[1]) if code else 0) if command.strip() else None
        else:
            assert step is not None, f"{page}:{number}: what printed it?"
            step.shown.append(line)
    if step is not None:
        yield step


def fits(shown: str, printed: str) -> bool:
    """Tell whether a line of a page is what was printed; ``…`` stands for anything."""
    pattern = "*".join(re.sub(r"([*?[])", r"[\1]", part) for part in shown.split("…"))
    return re.match(translate(pattern), printed) is not None


def named(page: str) -> Iterator[Typed]:
    """Give what the text of a page names between backticks as a command of Claw's."""
    text = PAGES[page].read_text(encoding="utf-8")
    # A block is blanked out, line by line.
    text = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.MULTILINE | re.DOTALL)
    for span in re.finditer(r"`((?:sudo )?claw [a-z][^`\n]*)`", text):
        yield Typed(page, text.count("\n", 0, span.start()) + 1, span[1].removeprefix("sudo ").strip())
