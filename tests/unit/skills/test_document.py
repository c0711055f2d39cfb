import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from skills_ref import SkillProperties, read_properties, validate

from claw.base.errors import Invalid
from claw.skills.document import Prose, parse_prose, written

FULL = Prose(
    "reading-light",
    'Turns the lamps on: softly, "cosy". Use it to read.',
    "# Reading light\n\nIt is soft.\n\n---\n\nThe end.",
    "GPL-3.0-or-later",
    "For Claw",
    {"claw-version": "1.0.0", "author": "Anna & Ben"},
)


def test_what_is_written_is_read_back() -> None:
    assert parse_prose(written(FULL)) == FULL


def test_the_least_that_a_skill_says() -> None:
    assert parse_prose("---\nname: a\ndescription: b\n---") == Prose("a", "b")


@given(
    st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(lambda name: len(name) <= 64),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=80),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=80),
)
def test_whatever_is_written_the_specification_reads_alike(name: str, description: str, body: str) -> None:
    try:
        text = written(Prose(name, description, body, metadata={"claw-version": "1.0.0"}))
    except Invalid:
        return
    ours = parse_prose(text)
    theirs = specified(text, name)
    assert (theirs.name, theirs.description) == (ours.name, ours.description)


def specified(text: str, name: str) -> SkillProperties:
    with tempfile.TemporaryDirectory() as there:
        skill = Path(there) / name
        skill.mkdir()
        (skill / "SKILL.md").write_text(text, encoding="utf-8")
        assert validate(skill) == []
        return read_properties(skill)


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("name: a", "no 'description'"),
        ("description: a", "no 'name'"),
        ("name: A\ndescription: b", "name"),
        ("name: a--b\ndescription: b", "name"),
        ("name: -a\ndescription: b", "name"),
        (f"name: {'a' * 65}\ndescription: b", "name"),
        ("name: a\ndescription: ''", "description"),
        (f"name: a\ndescription: {'b' * 1025}", "description"),
        (f"name: a\ndescription: b\ncompatibility: {'c' * 501}", "compatibility"),
        ("name: a\ndescription: b\nversion: 1.0.0", "unknown key 'version'"),
        ("name: a\ndescription: b\npermissions: all", "unknown key 'permissions'"),
        ("name: a\ndescription: b\nmetadata: {a: b}", "brackets"),
        ("name: a\ndescription: b\nmetadata:\n  a: 1.0", "metadata"),
        ("name: a\ndescription: b\nmetadata:\n  a:\n    b: c", "metadata"),
        ("name: a\ndescription: [b]", "brackets"),
        ("name: a\ndescription: &x b", "brackets"),
        ("name: a\ndescription: !!python/object:os.system b", "brackets"),
        ("name: a\nname: b\ndescription: c", "twice"),
        ("name: a\ndescription: b --- c", "within the front matter"),
        ("- name", "found a list"),
    ],
)
def test_a_front_matter_that_the_specification_does_not_have_is_refused_with_its_line(front: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as error:
        parse_prose(f"---\n{front}\n---\ntext", "SKILL.md")
    assert error.value.line


def test_a_text_without_front_matter_is_refused() -> None:
    for text in ("", "# Title", "---\nname: a", "\n---\nname: a\ndescription: b\n---", "--\nname: a\n---"):
        with pytest.raises(Invalid, match="---"):
            parse_prose(text)


def test_a_name_that_no_folder_can_have_is_not_written() -> None:
    with pytest.raises(Invalid):
        written(replace(FULL, name="Reading light"))
