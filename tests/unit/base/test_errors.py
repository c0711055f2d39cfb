"""The type of an error says what follows from it."""

import pytest

from claw.base.errors import Broken, ClawError, Invalid, Refused, Unavailable, UnknownOutcome


@pytest.mark.parametrize("consequence", [Refused, Unavailable, Broken])
def test_every_consequence_is_an_error_of_claw_and_no_other_consequence(consequence: type[ClawError]) -> None:
    assert issubclass(consequence, ClawError)
    others = {Refused, Unavailable, Broken} - {consequence}
    assert not issubclass(consequence, tuple(others))


def test_an_unknown_outcome_may_be_looked_at_again_later() -> None:
    assert issubclass(UnknownOutcome, Unavailable)


@pytest.mark.parametrize(
    ("line", "said"), [(7, "policy.yaml:7: found x, expected y"), (None, "policy.yaml: found x, expected y")]
)
def test_an_invalid_file_names_file_line_and_problem(line: int | None, said: str) -> None:
    error = Invalid("policy.yaml", line, "found x, expected y")
    assert str(error) == said
    assert (error.path, error.line, error.problem) == ("policy.yaml", line, "found x, expected y")
    assert isinstance(error, Broken)
