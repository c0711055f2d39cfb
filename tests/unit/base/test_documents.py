import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from claw.base.documents import parse_document, parse_marked, read_document
from claw.base.errors import Invalid


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Room(Strict):
    name: str
    size: int = 0
    state: str = ""
    open_at: list[str] = []
    extra: dict[str, str | int | None] = {}


class Plan(Strict):
    version: int = 1
    rooms: list[Room] = []


def problem(text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse_document(text, "plan.yaml", Plan)
    return caught.value


def test_a_right_file_becomes_the_model(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("version: 2\nrooms:\n  - name: Küche\n    size: 12\n", encoding="utf-8-sig")
    plan = read_document(path, Plan)
    assert plan == Plan(version=2, rooms=[Room(name="Küche", size=12)])


def test_on_off_and_times_of_day_are_text() -> None:
    plan = parse_document("rooms: [{name: on, state: off, open_at: [22:00, 07:00], extra: {a: no, b: ~}}]", "p", Plan)
    assert plan.rooms[0] == Room(name="on", state="off", open_at=["22:00", "07:00"], extra={"a": "no", "b": None})


def test_quoted_numbers_stay_text() -> None:
    assert parse_document('rooms: [{name: "12"}]', "p", Plan).rooms[0].name == "12"


def test_an_empty_file_has_only_defaults() -> None:
    assert parse_document("# nothing yet\n", "p", Plan) == Plan()


def test_json_reads_too_with_characters_written_as_pairs() -> None:
    text = json.dumps({"rooms": [{"name": "🏠 a/b\t", "size": 3}]}, indent="\t")
    assert parse_document(text, "p.json", Plan).rooms[0].name == "🏠 a/b\t"


def test_an_unknown_key_is_named_with_its_line_and_what_was_expected() -> None:
    wrong = problem("version: 1\nrooms:\n  - name: a\n  - name: b\n    siez: 3\n")
    assert (wrong.path, wrong.line) == ("plan.yaml", 5)
    assert "'siez'" in wrong.problem
    assert "did you mean 'size'" in wrong.problem
    assert "extra, name, open_at, size, state" in wrong.problem
    assert str(wrong).startswith("plan.yaml:5: ")


def test_a_wrong_type_says_what_was_found_and_what_was_expected() -> None:
    wrong = problem("rooms:\n- name: a\n  size: large\n")
    assert wrong.line == 3
    assert "rooms.0.size: found 'large', expected a valid integer" in wrong.problem


def test_every_branch_of_a_choice_is_named_as_expected() -> None:
    wrong = problem("rooms:\n- name: a\n  extra:\n    x: [1]\n")
    assert wrong.line == 4
    assert "found a list, expected a valid string or a valid integer" in wrong.problem


def test_a_missing_key_points_at_the_part_that_lacks_it() -> None:
    wrong = problem("rooms:\n- name: a\n- size: 3\n")
    assert wrong.line == 3
    assert "'name'" in wrong.problem


def test_the_first_wrong_line_is_reported() -> None:
    assert problem("versio: 1\nrooms: 5\n").line == 1
    assert problem("rooms: 5\nversio: 1\n").line == 1


def test_a_key_written_twice_is_refused() -> None:
    wrong = problem("rooms:\n- name: a\n  size: 1\n  name: b\n")
    assert wrong.line == 4
    assert "'name' twice (first on line 2)" in wrong.problem


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rooms: [", 1),
        ("version: 1\n\trooms: 3", 2),
        ("a: b: c", 1),
        ("version: 'x\n", None),
        ("version: 1\n--- \nversion: 2\n", 2),
        ("version: !!python/object/apply:os.system ['true']", 1),
        ("version: 1\nrooms: !secret x", 2),
        ("[a, b]: 3", 1),
        ("? {a: b}\n: c", 1),
        ("- a\n- b", 1),
        ("just text", 1),
        ("version: 1\nrooms: \x07", 2),
        ("rooms:\n- &r {name: a}\n- *r", 3),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]", 2),
        ("rooms: &r [*r]", 1),
        ("<<: {version: 2}", 1),
        ("version: 1" + "0" * 5000, 1),
        ("version: .nan", 1),
        ("version: 1e400", 1),
    ],
)
def test_broken_and_hostile_text_is_refused_with_its_line(text: str, line: int | None) -> None:
    wrong = problem(text)
    if line is not None:
        assert wrong.line == line
    assert len(str(wrong)) < 300


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 200_000, "{a: " * 100_000, "? " * 200_000])
def test_deep_nesting_is_refused(text: str) -> None:
    assert "nesting" in problem(text).problem or "key" in problem(text).problem


def test_more_than_a_megabyte_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# " + b"x" * 1_000_000)
    with pytest.raises(Invalid, match="1 MB"):
        read_document(path, Plan)
    with pytest.raises(Invalid, match="1 MB"):
        parse_document("x" * 1_000_001, "p", Plan)


def test_bytes_that_are_not_text_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"version: 1\nrooms: \xff\xfe\n")
    with pytest.raises(Invalid, match="0xff") as caught:
        read_document(path, Plan)
    assert caught.value.line == 2


def test_a_tab_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("rooms:\n\t- name: a\n")
    with pytest.raises(Invalid, match="found a tab, expected spaces") as caught:
        read_document(path, Plan)
    assert caught.value.line == 2


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(Invalid, match="cannot be read"):
            read_document(path, Plan)


def test_lines_of_parts_can_be_asked_for_later() -> None:
    document = parse_marked("version: 1\nrooms:\n  - name: a\n    open_at:\n      - x\n      - y\n", "p", Plan)
    assert document.line("rooms", 0, "open_at", 1) == 6
    assert document.line("rooms", 0, "size") == 3
    assert str(document.invalid("is odd", "rooms", 0, "open_at")) == "p:4: is odd"


@given(st.text(max_size=200) | st.text(alphabet="ab:-[]{}&*!?|>'\"#,\n\t ", max_size=60))
def test_any_text_is_a_model_or_an_invalid(text: str) -> None:
    with suppress(Invalid):
        assert isinstance(parse_document(text, "p", Plan), Plan)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_model_or_an_invalid(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(raw)
    with suppress(Invalid):
        assert isinstance(read_document(path, Plan), Plan)
