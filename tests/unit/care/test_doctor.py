"""What is looked at, in which order it is told, and that nothing that fails keeps the rest from being looked at."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import claw.care
from claw.base.errors import Broken, Refused
from claw.care import doctor
from claw.care.doctor import LEVELS, MOST_OF_ONE, SUBJECTS, Place, chosen, examine
from claw.care.doctor_case import Case
from claw.care.finding import Finding
from tests.doctor_room import case, parses

ROOT = Path(__file__).parents[3]
SOURCES = sorted(Path(claw.care.__file__).parent.glob("doctor*.py"))
OWN = re.compile(r"`(claw [a-z][^`]*)`")


def test_each_view_has_its_subjects_and_only_what_is_asked_for_is_looked_at() -> None:
    assert "rights" not in chosen([], security=False)
    assert {"rights", "open", "token", "policy"} <= set(chosen([], security=True))
    assert "disk" not in chosen([], security=True)
    assert chosen(["rights", "disk"], security=False) == ["disk", "rights"]
    assert {*chosen([], security=False), *chosen([], security=True)} == set(SUBJECTS)
    with pytest.raises(Refused, match="no hosue to look at; there is daemon, config"):
        chosen(["hosue"], security=False)


def test_the_page_tells_of_every_subject_in_the_view_that_it_is_looked_at_in() -> None:
    text = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    daily, security = re.findall(r"\n\| Subject \|.*\n\|---\|---\|\n((?:\|.*\n)+)", text)
    told = [re.findall(r"(?m)^\| `([a-z]+)` \| \S", table) for table in (daily, security)]
    assert told[0] == [name for name, place in SUBJECTS.items() if place.daily]
    assert told[1] == [name for name, place in SUBJECTS.items() if not place.daily]
    assert [table.count("\n") for table in (daily, security)] == [len(names) for names in told]


def test_the_worst_comes_first_and_what_fails_is_told_beside_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fine(_: Case) -> Iterator[Finding]:
        yield Finding("fine", "ok", "Well.")
        yield Finding("fine", "note", "A note.")

    def broken(_: Case) -> Iterator[Finding]:
        yield Finding("broken", "warning", "Half.")
        raise Broken("the file is damaged")

    def buggy(_: Case) -> Iterator[Finding]:
        raise ZeroDivisionError("by \x1b[2Jzero")
        yield

    looks = {"fine": fine, "broken": broken, "buggy": buggy}
    monkeypatch.setattr(doctor, "SUBJECTS", {name: Place(look) for name, look in looks.items()})
    told: list[str] = []
    found = examine(case(tmp_path, progress=told.append))
    assert told == ["fine", "broken", "buggy"]
    assert [(one.about, one.level) for one in found] == [
        ("broken", "problem"),
        ("buggy", "problem"),
        ("broken", "warning"),
        ("fine", "note"),
        ("fine", "ok"),
    ]
    assert found[0].text == "It could not be looked at: the file is damaged"
    assert found[1].text == "It could not be looked at (ZeroDivisionError: by [2Jzero)"


def test_texts_of_strangers_are_made_harmless_and_none_floods_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "x\x1b[2J\u202e" + "y" * 5000

    def flood(_: Case) -> Iterator[Finding]:
        yield from (Finding("flood", "note", hostile, hostile) for _ in range(500))
        yield Finding("flood", "problem", "The one that counts.")

    monkeypatch.setattr(doctor, "SUBJECTS", {"flood": Place(flood)})
    found = examine(case(tmp_path))
    assert (len(found), found[0].text) == (MOST_OF_ONE + 1, "The one that counts.")
    assert found[-1].text == f"and {501 - MOST_OF_ONE} more like these"
    assert all(one.text.isprintable() and one.mend.isprintable() and len(one.text) <= 600 for one in found)


def test_with_nothing_there_at_all_every_subject_says_something_or_nothing(tmp_path: Path) -> None:
    for security in (False, True):
        found = examine(case(tmp_path, security=security))
        assert not [one for one in found if "could not be looked at" in one.text]
    assert list(LEVELS) == ["problem", "warning", "note", "ok"]


def _commands(tree: ast.AST) -> Iterator[str]:
    """Give every command of Claw's that a file names, with a word where it puts a value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from OWN.findall(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr not in {"claw", "claw_configured"} or not node.args:
                continue
            given = node.args[0]
            if isinstance(given, ast.Name):
                continue  # where one of the two is made of the other
            if isinstance(given, ast.Constant):
                words = str(given.value)
            else:
                assert isinstance(given, ast.JoinedStr), ast.dump(given)
                words = "".join(one.value if isinstance(one, ast.Constant) else "7" for one in given.values)  # type: ignore[misc]
            configured = " --config x" if node.func.attr == "claw_configured" else ""
            yield f"claw {words} --state-dir x{configured}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_command_of_claws_own_that_is_named_is_one_that_there_is(source: Path) -> None:
    for command in _commands(ast.parse(source.read_text(encoding="utf-8"))):
        parses(command.replace(" 7 --house 7", " x --house x"))


def test_a_command_that_there_is_not_would_be_noticed() -> None:
    for wrong in ("claw cure", "claw log verify --sharply", "claw log", "claw log erase"):
        with pytest.raises(Exception, match=r".*"):
            parses(wrong)
    assert len([1 for source in SOURCES for _ in _commands(ast.parse(source.read_text(encoding="utf-8")))]) > 12


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_page_that_is_named_is_one_that_there_is(source: Path) -> None:
    pages = re.findall(r"docs/[a-z-]+\.md", source.read_text(encoding="utf-8"))
    assert [page for page in pages if not (Path(claw.care.__file__).parents[2] / page).exists()] == []


def test_no_subject_is_left_out() -> None:
    modules = {path.stem.removeprefix("doctor_") for path in SOURCES} - {"doctor", "case"}
    assert modules == set(SUBJECTS)
