"""The page about skills: the skill that it tells how to write is one, its states are all there are, its twelve ship."""

import re
from pathlib import Path
from typing import get_args

from claw.house.model import Registry
from claw.skills.cases import read_cases
from claw.skills.model import State
from claw.skills.places import shipped
from claw.skills.plain import in_words
from claw.skills.reading import read_skill, sealed

PAGE = (Path(__file__).parents[3] / "docs" / "skills.md").read_text()


def block(begins: str) -> str:
    """The code block that begins so."""
    return next(text for text in re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL) if text.startswith(begins))


def test_the_skill_that_the_page_shows_is_one() -> None:
    files = {
        "SKILL.md": block("---").encode(),
        "skill.yaml": block("version: 1.0.0").encode(),
        "program.py": block("lamps = find").encode(),
        "tests/ordinary.yaml": block("house: demo").encode(),
    }
    skill = read_skill(sealed(files), "reading-time")
    assert skill.problems == ()
    assert [told.case.name for told in read_cases(skill.tests["tests/ordinary.yaml"], "x")] == [
        "an evening in the bedroom",
        "a lamp that cannot be dimmed",
    ]
    told = re.search(r"tells this as: \*(.*?)\*", PAGE, re.DOTALL)
    assert told
    assert in_words(skill.manifest, Registry()).short == " ".join(told[1].split())


def test_every_state_is_told_in_its_order() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(get_args(State))


def test_as_many_skills_ship_as_the_page_says() -> None:
    place = shipped()
    assert place is not None
    there = {folder.name for folder in place.iterdir() if (folder / "SKILL.md").exists()}
    named = PAGE.partition("## Twelve that come with it")[2].partition(".")[0].lower()
    assert len(there) == len(named.split(",")) == 12
