"""A time as a person types it."""

import pytest
import typer

from claw.cli.durations import seconds


@pytest.mark.parametrize(("text", "expected"), [("90s", 90), ("90 s", 90), ("30m", 1800), ("5 min", 300), ("2h", 7200)])
def test_a_time_is_read(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "0m", "-5m", "5 days", "1e9h", "5", "5m 3s"])
def test_what_is_none_is_said_so(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a time such as"):
        seconds(text)
