import pytest

from claw.policy.words import seconds, state_text, time_of_day


@pytest.mark.parametrize(
    ("text", "length"), [("90 s", 90), ("2 min", 120), ("1 h", 3600), ("24 h", 86_400), ("30min", 1800)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "0 s", "25 h", "2", "min", "-1 s", "1.5 h", "1 d", "99999 min", "2 min\n"])
def test_what_is_no_duration_or_longer_than_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a time such as"):
        seconds(text)


def test_true_is_no_state() -> None:
    with pytest.raises(ValueError, match="expected a state"):
        state_text(value=True)
    assert [state_text("on"), state_text(3)] == ["on", "3"]


def test_a_time_of_day_has_two_digits_and_two() -> None:
    assert time_of_day("07:30") == "07:30"
    with pytest.raises(ValueError, match="expected a time"):
        time_of_day("7:30")
