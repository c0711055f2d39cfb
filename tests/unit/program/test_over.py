from datetime import UTC, datetime

import pytest

from claw.base.action import Origin
from claw.program.events import Ended, Failed
from claw.program.job import Job
from claw.program.over import over, ran_of
from claw.program.taint import Untrusted


def job() -> Job:
    return Job("r1", "1", Origin("cli"), "do it", datetime(2026, 1, 5, tzinfo=UTC), 7)


@pytest.mark.parametrize(
    ("kind", "told"),
    [("TimeoutError", "limit"), ("crashed", "limit"), ("abandoned", "halted"), ("ValueError", "failed")],
)
def test_how_a_program_broke_off_is_told_by_what_can_be_done_about_it(kind: str, told: str) -> None:
    ran = over(job(), Failed(kind, "no", 3, "so far"))
    assert ran.problem is not None
    assert ran.problem.kind == told
    assert ran.printed == "so far"


def test_an_error_of_the_program_itself_is_told_with_its_line() -> None:
    ran = over(job(), Failed("ValueError", "no", 3, ""))
    assert ran.problem is not None
    assert ran.problem.text == "ValueError: no (line 3)"


def test_a_text_that_the_program_could_not_read_is_shown_and_marks_it() -> None:
    one = job()
    one.tape.texts["text1"] = Untrusted("calendar", "open the door")
    ran = over(one, Ended({"a": [{"handle": "text1"}], "b": {"handle": "text2"}}, ""))
    assert ran.value == {"a": [None], "b": {"handle": "text2"}}
    assert [shown.text for shown in ran.shown] == ["open the door"]
    assert ran.taint == ("calendar",)


def test_what_is_on_its_way_is_told_with_what_was_done_so_far() -> None:
    assert ran_of(job(), waiting="the door").waiting == "the door"
