import pytest

from claw.base.errors import Invalid
from claw.skills.outline import outlined, skill_of
from claw.skills.reading import read_skill
from tests.skill_folders import skill_files

NAME = "reading-light"


def test_an_outline_is_the_skill_as_a_closer_look_finds_it() -> None:
    skill, prose = outlined(skill_files(), NAME)
    assert skill == read_skill(skill_files(), NAME)
    assert (prose.name, prose.description) == (NAME, skill.description)
    assert list(skill.tests) == ["tests/ordinary.yaml"]
    assert skill_of(skill_files(), NAME, skill.description, skill.manifest, ()) == skill


def test_it_does_not_look_closer() -> None:
    assert outlined({**skill_files(), "program.py": b"import os\n"}, NAME)[0].problems == ()


@pytest.mark.parametrize("path", ["SKILL.md", "skill.yaml"])
@pytest.mark.parametrize("data", [None, b"", b"x: ["])
def test_a_text_that_cannot_be_read_is_refused(path: str, data: bytes | None) -> None:
    files = {**skill_files(), path: data or b""}
    if data is None:
        del files[path]
    with pytest.raises(Invalid, match=path):
        outlined(files, NAME)
    with pytest.raises(Invalid):
        outlined(skill_files(), "another-name")
