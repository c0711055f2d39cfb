"""A test whose tool is missing fails in CI, and is loudly left out on a person's machine."""

import os

import pytest

from tests.needing import missing, needed

NONE = "a-program-that-nobody-has"


def test_what_is_there_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert os.access(needed("sh", "nothing was tried"), os.X_OK)


def test_what_is_missing_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"{NONE} is missing: CI has to install it, or nothing was tried"):
        needed(NONE, "nothing was tried")


@pytest.mark.parametrize("ci", ["", "false"])
def test_what_is_missing_is_said_loudly_elsewhere(monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.skip.Exception, match="ROOT IS NEEDED: nothing was tried"):
        missing("root is needed", "nothing was tried")
