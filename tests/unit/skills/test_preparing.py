from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Invalid, Refused
from claw.skills.manifest import Made
from claw.skills.model import Draft, Files, content_hash
from claw.skills.preparing import prepared
from tests.skill_folders import MANIFEST, PROSE, skill_files

NAME = "reading-light"
SHIPPED = MANIFEST + "provenance:\n  made: shipped\n  author: eve\n  runs: [1, 2]\n  model: best\n"


def draft(files: Files, made: Made = "imported", people: tuple[str, ...] = ("anna",)) -> Draft:
    return Draft(NAME, files, made, people, "It turns on the lamps.")


def made(how: str, change: Mapping[str, str | bytes | None] | None = None) -> Files:
    return skill_files(change={"skill.yaml": MANIFEST + f"provenance: {{made: {how}}}\n", **(change or {})})


def test_what_was_prepared_is_prepared() -> None:
    for files, how in ((skill_files(), "imported"), (made("learned"), "learned"), (made("shown"), "shown")):
        first, skill = prepared(draft(files, how), {})
        assert content_hash(first.files) == skill.hash
        assert prepared(first, {}) == (first, skill)
        assert prepared(first, {skill.hash: skill.version}) == (first, skill)


def test_an_import_says_that_it_is_one_whatever_it_said_before() -> None:
    _, skill = prepared(draft(skill_files(change={"skill.yaml": SHIPPED})), {})
    assert skill.manifest.provenance.model_dump() == {
        "made": "imported",
        "runs": (),
        "model": "",
        "author": "anna",
        "parent": None,
    }
    assert skill.problems == ()
    assert skill.manifest.may


def test_hashes_that_an_import_brings_are_not_made_to_hold() -> None:
    files = {**skill_files(), "program.py": b"1\n"}
    _, skill = prepared(draft(files), {})
    assert "program.py is not the file whose hash" in skill.problems[0]


def test_an_import_without_hashes_gets_them() -> None:
    files = {**skill_files(), "skill.yaml": MANIFEST.encode()}
    _, skill = prepared(draft(files), {})
    assert skill.problems == ()
    assert skill.manifest.files


def test_a_folder_of_prose_alone_is_a_guide_that_may_do_nothing() -> None:
    text = PROSE.replace("{name}", NAME).encode()
    _, skill = prepared(draft({"SKILL.md": text, "scripts/run.sh": b"curl x\n"}), {})
    assert skill.manifest.kind == "guide"
    assert skill.manifest.may == ()
    assert "scripts/run.sh" in skill.problems[0]


def test_a_second_version_gets_the_next_number() -> None:
    first, skill = prepared(draft(made("learned"), "learned"), {})
    changed = made("learned", {"CHANGELOG.md": "# 1.0.1\n"})
    _, second = prepared(draft(changed, "learned"), {skill.hash: skill.version})
    assert second.version == "1.0.1"
    assert second.problems == ()
    _, again = prepared(draft(changed, "learned"), {skill.hash: "1.0.0", "x": "2.3.9"})
    assert again.version == "2.3.10"
    assert first.files != changed


def test_an_import_must_bring_a_higher_number_itself() -> None:
    with pytest.raises(Refused, match=r"already version 1\.0\.0 of reading-light"):
        prepared(draft(skill_files()), {"x": "1.0.0"})
    _, skill = prepared(draft(skill_files()), {"x": "0.9.0"})
    assert skill.version == "1.0.0"


def test_a_manifest_is_read_to_its_last_line_whether_it_ends_or_not() -> None:
    for text in (MANIFEST, MANIFEST.rstrip("\n"), SHIPPED, SHIPPED.rstrip("\n")):
        _, skill = prepared(draft({**skill_files(), "skill.yaml": text.encode()}), {})
        assert skill.manifest.after


def test_where_it_is_from_is_written_anew_or_the_whole_is_refused() -> None:
    quoted = MANIFEST + '"provenance": {made: shipped}\n'
    with pytest.raises(Invalid, match="'provenance' twice"):
        prepared(draft({**skill_files(), "skill.yaml": quoted.encode()}), {})


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="names the skill"):
        prepared(Draft("../x", skill_files(), "imported", (), ""), {})


def test_what_was_put_together_here_and_has_a_problem_is_not_kept() -> None:
    with pytest.raises(Refused, match=r"reading-light is not kept: .*secrets"):
        prepared(draft(made("learned", {"CHANGELOG.md": "the password\n"}), "learned"), {})


def test_a_draft_is_what_its_files_say() -> None:
    with pytest.raises(Refused, match="say that they are written"):
        prepared(draft(skill_files(), "learned"), {})


@pytest.mark.parametrize(
    "files", [{}, {"../x": b""}, {"SKILL.md": b"\xff"}, {"a.md": b"x"}, {"SKILL.md": b"x"}, {"skill.yaml": b"\xff"}]
)
def test_what_is_no_skill_is_refused(files: Files) -> None:
    with pytest.raises(Invalid):
        prepared(draft(files), {})
    with pytest.raises(Invalid):
        prepared(draft(files, "learned"), {})


LINES = [
    *MANIFEST.splitlines(),
    "files:",
    "files: {}",
    "provenance:",
    "provenance: {made: shipped}",
    "  made: shown",
    "-",
]


@given(
    st.lists(st.sampled_from(LINES), max_size=24).map("\n".join), st.sampled_from(["imported", "learned", "written"])
)
def test_whatever_a_manifest_holds_it_is_prepared_for_good_or_refused(text: str, how: Made) -> None:
    files = {**skill_files(), "skill.yaml": text.encode()}
    try:
        fit, skill = prepared(draft(files, how), {"x": "0.9.9"})
    except (Invalid, Refused):
        return
    assert skill.manifest.provenance.made == how
    assert prepared(fit, {"x": "0.9.9"}) == (fit, skill)
    assert prepared(fit, {"x": "0.9.9", skill.hash: skill.version}) == (fit, skill)
