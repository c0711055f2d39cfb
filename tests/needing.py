"""What a test needs of its machine: where it is missing CI fails, since CI has to install it; a person reads why."""

import os
import shutil

import pytest


def needed(program: str, untried: str, where: str | None = None) -> str:
    """Return the path of a program, found in the folders ``where`` or in PATH.

    Without it ``untried`` is said, and in CI (``CI=true``) the test fails.
    """
    found = shutil.which(program, path=where)
    if found is None:
        missing(f"{program} is missing", untried)
    return str(found)


def missing(what: str, untried: str) -> None:
    """Say that something is not there, so that ``untried``: a failure in CI, a loud skip elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}: CI has to install it, or {untried}")
    pytest.skip(f"{what.upper()}: {untried}")
