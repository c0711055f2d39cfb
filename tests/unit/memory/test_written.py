"""A fact as text comes back as it was, and anything else is no fact."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json
from claw.base.errors import Refused
from claw.memory.effector import correcting, keeping
from claw.memory.model import KINDS, Fact, private_to
from claw.memory.written import as_text, from_text, laid_open, texts_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TIMES = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  bounds of aware ones
    lambda moment: moment.replace(microsecond=0)
)


@given(kind=st.sampled_from(KINDS), value=VALUES, sentence=st.text(max_size=60), begun=TIMES, several=st.booleans())
def test_a_fact_comes_back_as_it_was(
    kind: str, value: Json, sentence: str, begun: datetime | None, several: bool
) -> None:
    fact = Fact(kind, "house", "p", value, sentence, valid_from=begun, several=several)  # type: ignore[arg-type]
    try:
        text = as_text(fact)
        sentence.encode()
    except (Refused, UnicodeEncodeError):
        return
    try:
        texts_of(value)
    except Refused:
        with pytest.raises(Refused):
            from_text(text)
    else:
        assert from_text(text) == fact


GOOD = json.loads(as_text(Fact("fact", "house", "age", 20, "It is twenty years old.")))


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "null",
        "[]",
        "{}",
        "{" * 5000,
        "[" * 100_000,
        json.dumps(GOOD | {"more": 1}),
        json.dumps({key: value for key, value in GOOD.items() if key != "subject"}),
        *(
            json.dumps(GOOD | {field: value})
            for field, value in (
                ("kind", "order"),
                ("kind", 3),
                ("sentence", None),
                ("subject", ["house"]),
                ("condition", []),
                ("several", 1),
                ("sensitivity", "public"),
                ("valid_from", "2026-05-08"),
                ("valid_from", 5),
                ("valid_to", "9999-12-31T23:59:59-14:00"),
                ("valid_to", "soon"),
                ("value", [[[[["deep"]]]]]),
            )
        ),
        as_text(Fact("fact", "house", "age", 20, "x")).replace("20", "NaN"),
    ],
)
def test_anything_else_is_refused(odd: str) -> None:
    with pytest.raises(Refused):
        from_text(odd)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_a_value_that_is_no_json_cannot_be_written_down(value: object) -> None:
    with pytest.raises(Refused):
        as_text(Fact("fact", "house", "age", value, "x"))


def test_a_time_without_a_zone_cannot_be_written_down() -> None:
    with pytest.raises(Refused):
        as_text(Fact("fact", "house", "age", 1, "x", valid_from=datetime(2026, 5, 8)))  # noqa: DTZ001  what is wrong


def test_every_text_of_a_value_is_found() -> None:
    assert texts_of({"a": ["b", {"c": "d"}], "e": 1}) == ["a", "b", "c", "d", "e"]


def test_an_act_on_memory_is_shown_with_all_that_differs_from_the_ordinary() -> None:
    plain = Fact("fact", "person:mia", "school", "Oak", "Mia goes to Oak.")
    assert laid_open(keeping(plain).data) == {
        "sentence": "Mia goes to Oak.",
        "about": "person:mia",
        "what": "school",
        "value": "Oak",
    }
    begun = datetime(2026, 5, 8, tzinfo=UTC)
    odd = Fact(
        "alias", "entity:lock.door", "called", {"name": "x"}, "Mia goes to Oak.",
        {"after": "22:00"}, begun, begun, private_to("ben"), "private", several=True,
    )  # fmt: skip
    shown = laid_open(keeping(odd, "program").data)
    assert shown == {
        "sentence": "Mia goes to Oak.", "about": "entity:lock.door", "what": "called", "value": '{"name":"x"}',
        "kind": "alias", "for": "person:ben", "sensitivity": "private", "several": "True", "when": '{"after":"22:00"}',
        "from": "2026-05-08T00:00:00.000+00:00", "until": "2026-05-08T00:00:00.000+00:00", "by": "program",
    }  # fmt: skip
    assert laid_open(correcting(7, plain).data)["memory"] == 7
    for data in ({"op": "settle", "memory": 7, "yes": True}, {"op": "keep", "fact": "{}", "sentence": "x"}):
        assert laid_open(data) == data
