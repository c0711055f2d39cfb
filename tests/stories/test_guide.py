"""The user guide is true: each command of its pages is run, in order, on the demo's house, and answers as it shows."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path

import pytest

from tests.running import Claw, claw, running

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("guide.md", "cookbook.md", "safety.md", "troubleshooting.md")
POLICY = Path(__file__).parents[2] / "claw" / "daemon" / "demo" / "policy.yaml"


@dataclass(frozen=True)
class Step:
    """A command of a page, how it ends, and the lines that it must print, in this order."""

    line: int
    words: tuple[str, ...]
    code: int
    shown: list[str] = field(default_factory=list[str])


def steps(page: Path) -> Iterator[Step]:
    """Give the commands of a page."""
    text = page.read_text(encoding="utf-8")
    for block in re.finditer(r"```console\n(.*?)```", text, re.DOTALL):
        step = None
        first = text.count("\n", 0, block.start(1)) + 1
        for number, line in enumerate(block[1].splitlines(), first):
            if line.startswith("$ "):
                if step is not None:
                    yield step
                command, _, note = line[2:].partition("  # exit ")
                step = Step(number, tuple(shlex.split(command)), int(note or 0))
            else:
                assert step is not None, f"{page.name}:{number}: what printed it?"
                step.shown.append(line)
        assert step is not None
        yield step


def fits(shown: str, printed: str) -> bool:
    """Tell whether a line of a page is what was printed; ``…`` stands for anything."""
    pattern = "*".join(re.sub(r"([*?[])", r"[\1]", part) for part in shown.split("…"))
    return re.match(translate(pattern), printed) is not None


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_guide_does_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with running(tmp_path / "state") as daemon:
        found = list(steps(DOCS / page))
        assert found, "a page of the guide shows how"
        for step in found:
            _try(daemon, page, step)


def _try(daemon: Claw, page: str, step: Step) -> None:
    where = f"{page}:{step.line}: {shlex.join(step.words)}"
    words = [daemon.json("pending")[0]["id"] if word == "ID" else word for word in step.words[1:]]
    done = daemon.run(*words)
    printed = (done.stdout + done.stderr).splitlines()
    assert done.returncode == step.code, (where, printed)
    rest = iter(line.rstrip() for line in printed)
    for shown in step.shown:
        assert any(fits(shown, line) for line in rest), (where, shown, printed)


def recipes() -> list[str]:
    """Return the recipes of the cookbook."""
    return re.findall(r"```yaml\n(.*?)```", (DOCS / "cookbook.md").read_text(encoding="utf-8"), re.DOTALL)


def test_every_recipe_of_the_cookbook_stands_beside_the_rules_of_the_demo(tmp_path: Path) -> None:
    """Each alone and all together: they pass their own tests, and leave nothing dangerous open.

    The demo's own tests name the rule that decides there, which a recipe changes as it is meant to.
    """
    house = str(POLICY.with_name("house.yaml"))
    for recipe in (*recipes(), "".join(recipes())):
        text = POLICY.read_text(encoding="utf-8").partition("\ntests:\n")[0] + "\ntests:\n"
        for part in ("rules", "tests"):
            lines = "".join(re.findall(rf"^{part}:\n((?: .*\n)+)", recipe, re.MULTILINE))
            text = re.sub(rf"^{part}:\n", lambda head, lines=lines: head[0] + lines, text, count=1, flags=re.MULTILINE)
        draft = tmp_path / "policy.yaml"
        draft.write_text(text, encoding="utf-8")
        checked = claw("policy", "check", str(draft), "--house", house, "--json")
        assert checked.returncode == 0, (recipe, checked.stdout, checked.stderr)
        tested = claw("policy", "test", str(draft), "--house", house)
        assert tested.returncode == 0, (recipe, tested.stdout, tested.stderr)


def test_what_a_page_shows_is_held_against_what_is_printed() -> None:
    assert fits("The … is [on].", "The lamp is [on].")
    assert not fits("The … is on.", "The lamp is off.")
