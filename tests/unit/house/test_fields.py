import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json, canonical
from claw.base.errors import Refused
from claw.house.fields import Choice, Duration, Feature, Field, Flag, Moment, Number, Numbers, Text, choices, finite
from claw.house.model import State
from tests.unit.house.strategies import JSON

THING = State("on", {"min": 5, "max": 20.0, "step": 2.5, "modes": ["eco", "boost"], "has_date": True, "has_time": True})
DATE = Moment(form="date", attributes=("has_date",))
TIME = Moment(form="time", attributes=("has_time",))
BOTH = Moment(form="datetime")


@pytest.mark.parametrize(
    ("field", "value", "taken"),
    [
        (Number(low=0, high=10), 3.5, 3.5),
        (Number(low=0, high=10, whole=True), 3.0, 3),
        (Number(low="min", high="max", step="step"), 7.5, 7.5),
        (Number(low=("least", 1), high=10), 1, 1),
        (Flag(), False, False),
        (Text(), "a\nb", "a\nb"),
        (Text(shortest=0), "", ""),
        (Choice(options="modes"), "eco", "eco"),
        (Choice(options=("a", "b")), "b", "b"),
        (Numbers(bounds=((0, 1), (0, 1))), (0, 1), [0, 1]),
        (DATE, "2026-02-28", "2026-02-28"),
        (TIME, "07:30", "07:30:00"),
        (BOTH, "2026-02-28T07:30", "2026-02-28 07:30:00"),
        (Duration(), 90, "00:01:30"),
        (Duration(), "1:00:00", "01:00:00"),
    ],
    ids=str,
)
def test_takes_a_value_in_its_normal_form(field: Field, value: Json, taken: Json) -> None:
    result = field.take(value, THING)
    assert (result, type(result)) == (taken, type(taken))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Number(low=0, high=10), "3"),
        (Number(low=0, high=10), True),
        (Number(low=0, high=10), float("nan")),
        (Number(low=0, high=10), float("inf")),
        (Number(low=0, high=10), 10.0001),
        (Number(low=0, high=10, whole=True), 3.5),
        (Number(low="min", high="max", step="step"), 8),
        (Number(low="least", high=10), 5),
        (Flag(), 1),
        (Flag(), "true"),
        (Text(), ""),
        (Text(), "x" * 256),
        (Text(), "a\x1bb"),
        (Text(), "a\u202eb"),
        (Text(), "\ud800"),
        (Text(), 5),
        (Choice(options="modes"), "turbo"),
        (Choice(options="modes"), ["eco"]),
        (Choice(options="nothing"), "eco"),
        (Numbers(bounds=((0, 1),)), [True]),
        (Numbers(bounds=((0, 1),)), [0, 1]),
        (Numbers(bounds=((0, 1),)), {"0": 1}),
        (DATE, "2026-02-30"),
        (DATE, "tomorrow"),
        (DATE, 20260228),
        (TIME, "25:00"),
        (TIME, "07:00+02:00"),
        (TIME, "\uff10\uff17:00"),
        (BOTH, "2026-02-28T07:30Z"),
        (Moment(form="date", attributes=("has_year",)), "2026-02-28"),
        (Duration(), "90"),
        (Duration(), "00:00:00"),
        (Duration(), "99:00:00"),
        (Duration(), True),
        (Duration(), 1.5),
    ],
    ids=str,
)
def test_refuses_everything_else(field: Field, value: Json) -> None:
    with pytest.raises(Refused):
        field.take(value, THING)


FIELDS = [
    Number(low=0, high=10),
    Number(low="min", high="max", step="step", whole=True),
    Flag(),
    Text(),
    Choice(options="modes"),
    Numbers(bounds=((0, 255),) * 3, whole=True),
    DATE,
    TIME,
    BOTH,
    Duration(),
]


@given(st.sampled_from(FIELDS), JSON, st.dictionaries(st.sampled_from(["min", "max", "step", "modes"]), JSON))
def test_what_is_taken_is_json_and_taken_again(field: Field, value: Json, attributes: dict[str, Json]) -> None:
    state = State("on", attributes)
    try:
        taken = field.take(value, state)
    except Refused:
        return
    canonical(taken)
    assert field.take(taken, state) == taken


def test_a_feature_is_any_of_its_bits() -> None:
    step_or_set = Feature("VOLUME_SET or VOLUME_STEP", 4 | 1024)
    assert step_or_set.supported_by(State("on", {"supported_features": 1024}))
    assert not step_or_set.supported_by(State("on", {"supported_features": 8}))
    assert not step_or_set.supported_by(State("on", {"supported_features": "4"}))
    assert not step_or_set.supported_by(State("on"))


def test_what_a_device_says_about_itself_may_be_nonsense() -> None:
    assert [finite(value) for value in (3, 2.5, True, "3", None, float("nan"), 10**400, -1e308)] == [
        3,
        2.5,
        *[None] * 6,
    ]
    assert choices(State("on", {"modes": "eco"}), "modes") == ()
    assert choices(State("on", {"modes": ["eco", 3, None]}), "modes") == ("eco",)
