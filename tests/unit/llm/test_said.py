from datetime import UTC, datetime

import pytest

from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.llm.said import Said, meaning, wait_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "words", "kind", "says"),
    [
        (400, "context_length_exceeded", Refused, "more at once"),
        (400, "this model's maximum context length is 8192 tokens", Refused, "more at once"),
        (500, "the request exceeds the available context size", Refused, "more at once"),
        (400, "prompt is too long: 20000 tokens", Refused, "more at once"),
        (413, "", Refused, "more at once"),
        (402, "", Broken, "credit"),
        (429, "insufficient_quota", Broken, "credit"),
        (404, "model 'small' not found, try pulling it first", Broken, "does not know the model small"),
        (400, "the model `small` does not exist", Broken, "does not know the model small"),
        (400, "small is an invalid model id", Broken, "does not know the model small"),
        (404, "model_not_found", Broken, "does not know the model small"),
        (401, "incorrect api key", Broken, "refuses the key"),
        (403, "", Broken, "refuses the key"),
        (302, "", Broken, "home.example sends me elsewhere"),
        (404, "page not found", Broken, "no model server at home.example"),
        (405, "", Refused, "does not take"),
        (429, "slow down", Unavailable, "busy"),
        (500, "oops", Unavailable, "failed"),
        (529, "overloaded", Unavailable, "failed"),
        (408, "", Unavailable, "failed"),
        (0, "internal error", Unavailable, "failed"),
        (400, "bad", Refused, "does not take"),
        (418, "teapot", Refused, "does not take"),
    ],
)
def test_an_answer_means_one_thing(status: int, words: str, kind: type[ClawError], says: str) -> None:
    error = meaning(Said(status, words), "small", "home.example")
    assert type(error) is kind
    assert says in str(error)


@pytest.mark.parametrize(("status", "again"), [(429, True), (503, True), (408, True), (400, False), (401, False)])
def test_what_may_pass_is_worth_another_try(status: int, *, again: bool) -> None:
    assert Said(status, "").again is again
    assert not Said(status, "insufficient_quota" if status == 429 else "maximum context").again


@pytest.mark.parametrize(
    ("after_ms", "after", "seconds"),
    [
        (None, None, None),
        (None, "3", 3.0),
        (None, "0.5", 0.5),
        ("1500", "3", 1.5),
        ("soon", "3", 3.0),
        (None, "Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        (None, "Sat, 21 Nov 2026 12:00:30 -0000", 30.0),
        (None, "Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        (None, "tomorrow", None),
        (None, "-5", None),
        (None, "nan", None),
        (None, "inf", None),
    ],
)
def test_when_to_come_again(after_ms: str | None, after: str | None, seconds: float | None) -> None:
    assert wait_of(after_ms, after, NOW) == seconds
