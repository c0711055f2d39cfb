import json
from typing import Any

import pytest

from claw.base.action import canonical
from claw.base.errors import Broken
from claw.program.job import Job
from tests.unit.program.test_sealed import a_job


def test_a_job_comes_back_from_its_json_without_its_calls() -> None:
    job = a_job()
    assert Job.of(json.loads(canonical(job.as_json()))) == job


def test_a_job_at_its_very_beginning_has_no_state_of_the_sandbox() -> None:
    job = a_job()
    job.dump, job.ask, job.expires, job.first = None, None, None, None
    assert Job.of(json.loads(canonical(job.as_json()))) == job


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("answers", {"1": ["value"]}),
        ("answers", {"x": ["value", 1]}),
        ("answers", {"1": ["trouble", "OSError", "no", "yes"]}),
        ("origin", {"person": 3}),
        ("outcomes", [{"status": "done"}]),
        ("tape", {}),
        ("now", "yesterday"),
        ("dump", 7),
    ],
)
def test_what_is_no_job_is_refused(key: str, value: Any) -> None:
    stored = json.loads(canonical(a_job().as_json()))
    stored[key] = value
    with pytest.raises(Broken):
        Job.of(stored)
    del stored[key]
    with pytest.raises(Broken):
        Job.of(stored)


def test_that_memory_had_a_part_outlives_being_put_aside() -> None:
    job = a_job()
    job.remembered = job.private = True
    assert (Job.of(job.as_json()).remembered, Job.of(job.as_json()).private) == (True, True)
    stored = job.as_json()
    del stored["remembered"], stored["private"]
    assert (Job.of(stored).remembered, Job.of(stored).private) == (False, False)
