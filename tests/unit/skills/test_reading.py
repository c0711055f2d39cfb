import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.documents import parse_document
from claw.base.errors import Invalid
from claw.skills.manifest import Manifest
from claw.skills.model import content_hash
from claw.skills.reading import numbered, read_skill, sealed
from tests.skill_folders import MANIFEST, PROSE, skill_files

NAME = "reading-light"


def problems(change: dict[str, str | bytes | None]) -> str:
    return " ".join(read_skill(skill_files(change=change), NAME).problems)


def test_a_good_skill_is_read_without_problems() -> None:
    files = skill_files()
    skill = read_skill(files, NAME)
    assert skill.problems == ()
    assert (skill.name, skill.version, skill.hash) == (NAME, "1.0.0", content_hash(files))
    assert skill.program.startswith("lamps = find")
    assert list(skill.tests) == ["tests/ordinary.yaml"]
    assert skill.description.startswith("Turns the lamps")


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "a--b", "-a", "a-", "../x", "a/b", "a_b", "ä", "a" * 65, "a\n", "\uff41"]
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        read_skill(skill_files(), name)
    with pytest.raises(Invalid):
        read_skill(skill_files(name), name)


@pytest.mark.parametrize("path", ["SKILL.md", "skill.yaml"])
def test_without_its_two_texts_it_is_no_skill(path: str) -> None:
    files = {name: data for name, data in skill_files().items() if name != path}
    with pytest.raises(Invalid, match="missing"):
        read_skill(files, NAME)


def test_a_folder_of_another_name_is_refused() -> None:
    with pytest.raises(Invalid, match="names the skill reading-light"):
        read_skill(skill_files(), "lamp")


def test_a_manifest_that_cannot_be_read_is_refused_with_its_line() -> None:
    files = {**skill_files(), "skill.yaml": MANIFEST.replace("may:", "mai:").encode()}
    with pytest.raises(Invalid, match=r"skill.yaml:8: found the unknown key 'mai', did you mean 'may'"):
        read_skill(files, NAME)


def test_one_byte_that_is_not_what_the_manifest_says_is_a_problem() -> None:
    files = skill_files()
    changed = {**files, "program.py": files["program.py"] + b"\n"}
    assert "program.py is not the file whose hash" in " ".join(read_skill(changed, NAME).problems)


def test_a_file_too_many_and_one_too_few_are_problems() -> None:
    files = skill_files()
    assert "does not list it" in " ".join(read_skill({**files, "notes.md": b"more"}, NAME).problems)
    fewer = {path: data for path, data in files.items() if path != "CHANGELOG.md"}
    assert "which is not in the folder" in " ".join(read_skill(fewer, NAME).problems)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os\nos.system('x')", "there is no module os"),
        ("eval('1')", "eval cannot be used"),
        ("call = 1", "call"),
        ("def (", "invalid syntax"),
        ("", "it is empty"),
        ("x = ().__class__", "__class__ cannot be used"),
        ("x = 1  # type : ignore", "turn the type check off"),
        ("x = '" + "a" * 21_000 + "'", "longer than"),
    ],
)
def test_a_program_that_the_sandbox_would_not_take_is_a_problem(program: str, words: str) -> None:
    assert words in problems({"program.py": program})


def test_a_program_is_missing_or_too_much() -> None:
    assert "has no program.py" in problems({"program.py": None})
    guide = "version: 1.0.0\nkind: guide\n"
    assert "guide" in problems({"skill.yaml": guide})
    assert problems({"skill.yaml": guide, "program.py": None}) == ""


@pytest.mark.parametrize("name", ["class", "call", "find", "state", "match"])
def test_a_parameter_that_means_something_else_in_a_program_is_a_problem(name: str) -> None:
    manifest = MANIFEST.replace("parameters:", f"parameters:\n  {name}: {{type: bool}}")
    assert f"called {name}" in problems({"skill.yaml": manifest})


@pytest.mark.parametrize("phrase", ["{area}", "the {area}", "[reading light] {area}", "please", "{area} {brightness}"])
def test_a_phrase_that_would_take_any_sentence_is_a_problem(phrase: str) -> None:
    manifest = MANIFEST.replace('"light to read at {brightness}"', f'"{phrase}"')
    assert "take any sentence" in problems({"skill.yaml": manifest})


def test_two_numbers_of_one_version_are_a_problem() -> None:
    assert "says version" in problems({"SKILL.md": PROSE.replace("{name}", NAME).replace("1.0.0", "1.0.1")})


def test_sealing_writes_the_hashes_and_nothing_else() -> None:
    files = {**skill_files(), "program.py": b"1\n", "references/more.md": b"More.\n"}
    fresh = sealed(files)
    assert {path: data for path, data in fresh.items() if path != "skill.yaml"} == {
        path: data for path, data in files.items() if path != "skill.yaml"
    }
    skill = read_skill(fresh, NAME)
    assert skill.problems == ()
    assert skill.manifest.files["program.py"] == hashlib.sha256(b"1\n").hexdigest()
    assert sealed(fresh) == fresh


def test_hashes_in_the_middle_of_a_manifest_are_replaced_where_they_stand() -> None:
    manifest = MANIFEST.replace("triggers:", "files:\n  gone.md: '" + "0" * 64 + "'\n\ntriggers:")
    fresh = sealed({**skill_files(), "skill.yaml": manifest.encode()})
    skill = read_skill(fresh, NAME)
    assert "gone.md" not in skill.manifest.files
    assert skill.manifest.phrases("en")
    assert skill.problems == ()


def test_what_is_written_in_a_way_of_its_own_is_refused() -> None:
    files = {**skill_files(), "skill.yaml": b'"files": {}\n' + MANIFEST.encode()}
    with pytest.raises(Invalid, match="'files' twice"):
        sealed(files)
    files = {**skill_files(), "skill.yaml": MANIFEST.replace("version", '"version"').encode()}
    with pytest.raises(Invalid, match="has its version"):
        numbered(files, "2.0.0")


@pytest.mark.parametrize("text", [MANIFEST, MANIFEST.rstrip("\n"), MANIFEST + "files: {}", MANIFEST + "files: {}\n"])
def test_a_manifest_is_sealed_whether_its_last_line_ends_or_not(text: str) -> None:
    skill = read_skill(sealed({**skill_files(), "skill.yaml": text.encode()}), NAME)
    assert (skill.problems, len(skill.manifest.after)) == ((), 1)


def test_a_new_number_stands_in_both_texts() -> None:
    skill = read_skill(sealed(numbered(skill_files(), "2.1.0")), NAME)
    assert (skill.version, skill.problems) == ("2.1.0", ())


FILES = skill_files()
SPOTS = st.sampled_from(sorted(FILES)).flatmap(
    lambda path: st.tuples(st.just(path), st.integers(0, len(FILES[path]) - 1), st.binary(max_size=3))
)


@given(SPOTS)
def test_whatever_is_changed_is_another_version_and_what_is_not_the_manifest_is_a_problem(
    spot: tuple[str, int, bytes],
) -> None:
    path, at, put = spot
    changed = {**FILES, path: FILES[path][:at] + put + FILES[path][at + 1 :]}
    if changed == FILES:
        return
    assert content_hash(changed) != content_hash(FILES)
    try:
        skill = read_skill(changed, NAME)
    except Invalid:
        return
    assert skill.problems or path == "skill.yaml"


MANIFESTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [
                *MANIFEST.splitlines(),
                "files:",
                "files: {}",
                "provenance:",
                "  made: shipped",
                "kind: guide",
                "---",
                "'",
                "\t",
            ]
        ),
        max_size=20,
    ).map("\n".join),
)


@given(MANIFESTS)
def test_whatever_a_manifest_holds_it_is_read_sealed_and_numbered_or_refused(text: str) -> None:
    files = {**FILES, "skill.yaml": text.encode("utf-8", "replace")}
    for work in (sealed, lambda given: numbered(given, "1.2.3"), lambda given: read_skill(given, NAME)):
        with contextlib.suppress(Invalid):
            work(files)
    with contextlib.suppress(Invalid):
        fresh = sealed(files)
        assert sealed(fresh) == fresh
        before, after = (parse_document(one["skill.yaml"].decode(), "", Manifest) for one in (files, fresh))
        assert after == before.model_copy(update={"files": after.files})


@given(st.text(max_size=300))
def test_whatever_a_text_holds_it_is_read_or_refused(text: str) -> None:
    files = {**FILES, "SKILL.md": ("---\n" + text).encode("utf-8", "replace")}
    with contextlib.suppress(Invalid):
        read_skill(files, NAME)
    changed = text.replace("\0", "").encode("utf-8", "replace")
    assert read_skill(sealed({**FILES, "CHANGELOG.md": changed}), NAME).name == NAME


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Invalid, match="UTF-8"):
        read_skill({**FILES, "SKILL.md": b"\xff"}, NAME)
