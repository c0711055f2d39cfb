"""Talks as sets write them: what is mended, what is passed over and counted, what is refused."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Broken, Invalid
from claw.memory import talks
from claw.memory.talks import read_talks

TURN: dict[str, Any] = {"speaker": "Anna", "dia_id": "D1:1", "text": "hello"}


def written(folder: Path, value: object) -> Path:
    path = folder / "talks.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def sample(**fields: object) -> dict[str, Any]:
    return {"sample_id": "s", "conversation": {"session_1": [TURN]}, "qa": [], **fields}


def test_turns_come_in_the_order_of_their_sessions_with_speaker_and_day(tmp_path: Path) -> None:
    conversation = {
        "speaker_a": "Anna",
        "session_10_date_time": "9:05 am on 2 June, 2025",
        "session_10": [{"speaker": "Ben", "dia_id": "D10:1", "text": "later"}],
        "session_2_date_time": "12:30 am on 8 May, 2025",
        "session_2": [{"speaker": "Anna", "dia_id": "D2:1", "text": "look", "blip_caption": "a red bicycle"}],
    }
    (talk,) = read_talks(written(tmp_path, [sample(conversation=conversation)]))
    assert [(turn.id, turn.session, turn.text) for turn in talk.turns] == [
        ("D2:1", 2, "look [a red bicycle]"),
        ("D10:1", 10, "later"),
    ]
    assert [turn.at for turn in talk.turns] == [
        datetime(2025, 5, 8, 0, 30, tzinfo=UTC),
        datetime(2025, 6, 2, 9, 5, tzinfo=UTC),
    ]
    assert talk.names == {"Anna", "Ben"}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1:56 pm on 8 May, 2023", datetime(2023, 5, 8, 13, 56, tzinfo=UTC)),
        ("12:10 pm on 31 December, 2023", datetime(2023, 12, 31, 12, 10, tzinfo=UTC)),
        ("8 Sept 2023", datetime(2023, 9, 8, tzinfo=UTC)),
        ("2023-05-08T13:56:00", datetime(2023, 5, 8, 13, 56, tzinfo=UTC)),
        ("31 February, 2023", None),
        ("8 Brumaire, 2023", None),
        ("some day", None),
        (7, None),
        (None, None),
    ],
)
def test_a_day_is_read_where_it_can_be(text: object, at: datetime | None, tmp_path: Path) -> None:
    conversation = {"session_1": [TURN], "session_1_date_time": text}
    (talk,) = read_talks(written(tmp_path, [sample(conversation=conversation)]))
    assert talk.turns[0].at == at


def test_evidence_is_mended_where_it_can_be_and_a_question_without_any_is_counted_and_left_out(tmp_path: Path) -> None:
    turns = [TURN, {**TURN, "dia_id": "D1:2"}, {**TURN, "dia_id": "D1:3"}]
    asked = [
        {"question": "a", "category": 1, "evidence": ["D1:1; D1:02", "D9:9"]},
        {"question": "b", "category": "mine", "evidence": "D:1:3"},
        {"question": "c", "category": 3, "evidence": ["D"]},
        {"question": "d", "category": 9},
    ]
    (talk,) = read_talks(written(tmp_path, [sample(conversation={"session_1": turns}, qa=asked)]))
    assert [(one.text, one.category, one.evidence) for one in talk.questions] == [
        ("a", "multi-hop", {"D1:1", "D1:2"}),
        ("b", "mine", {"D1:3"}),
    ]
    assert talk.skipped == 2


@pytest.mark.parametrize(
    "value",
    [
        "[",
        "{}",
        "[1]",
        "[[]]",
        [{}],
        [sample(conversation=[])],
        [sample(conversation={})],
        [sample(conversation={"session_1": {}})],
        [sample(conversation={"session_1": ["x"]})],
        [sample(conversation={"session_1": [{**TURN, "text": None}]})],
        [sample(conversation={"session_1": [{**TURN, "dia_id": "first"}]})],
        [sample(qa={})],
        [sample(qa=["who?"])],
        "[" * 100_000,
    ],
)
def test_what_has_another_shape_is_refused_by_name_of_the_file(value: object, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"talks\.json"):
        read_talks(written(tmp_path, value))


def test_what_is_no_text_too_large_or_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Broken, match="cannot be read"):
        read_talks(tmp_path / "none.json")
    path = tmp_path / "talks.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid):
        read_talks(path)
    monkeypatch.setattr(talks, "LARGEST_FILE", 2)
    with pytest.raises(Invalid, match="larger"):
        read_talks(path)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["conversation", "qa", "session_1", "text", "dia_id", "question", "evidence", "category"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_json)
def test_whatever_json_a_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    path = written(tmp_path_factory.mktemp("talks"), value)
    with contextlib.suppress(Invalid):
        read_talks(path)
