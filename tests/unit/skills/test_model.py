"""A skill is its bytes, and a report is green only where something was tried and all of it held."""

from hypothesis import given
from hypothesis import strategies as st

from claw.skills.manifest import Manifest
from claw.skills.model import RUNS, Case, Report, Skill, content_hash

FILES = {"SKILL.md": b"words", "tests/a.yaml": b"cases", "program.py": b""}
NAMES = st.dictionaries(st.text(min_size=1, max_size=5), st.binary(max_size=5), max_size=4)


def test_the_hash_is_over_every_path_and_every_byte_in_any_order() -> None:
    assert content_hash(FILES) == content_hash(dict(reversed(FILES.items())))
    for path, data in FILES.items():
        rest = {name: one for name, one in FILES.items() if name != path}
        for other in ({**FILES, path: data + b" "}, rest, {**rest, path + "x": data}, {**FILES, "new": b""}):
            assert content_hash(other) != content_hash(FILES)


@given(NAMES, NAMES)
def test_no_two_folders_have_one_hash(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert (content_hash(one) == content_hash(other)) == (one == other)


def test_a_name_cannot_be_taken_for_bytes() -> None:
    assert content_hash({"a": b"b:1:c"}) != content_hash({"a": b"b", "1": b"c"})
    assert content_hash({"ab": b"c"}) != content_hash({"a": b"bc"})


def test_a_skill_has_the_version_of_its_manifest() -> None:
    assert Skill("x", "", Manifest(version="1.2.3"), "", "", {}, "0" * 64).version == "1.2.3"


def test_only_what_is_trusted_runs_by_itself() -> None:
    assert frozenset({"trusted", "stale"}) == RUNS


def test_a_report_is_green_where_something_was_tried_and_all_of_it_held() -> None:
    good, bad = Case("test", "a", held=True), Case("undo", "b", held=False, why="no")
    assert Report("x", "1.0.0", "", (good,)).green
    assert not Report("x", "1.0.0", "", ()).green
    assert not Report("x", "1.0.0", "", (good, bad)).green
    assert Report("x", "1.0.0", "", (good, bad)).failed() == (bad,)
