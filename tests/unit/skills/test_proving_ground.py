"""The words between who proves and who has a house to prove in."""

from claw.skills.proving_ground import Asked, Fault, Seen, Setting
from claw.skills.proving_settings import moment
from tests.twin_house import HOME


def test_what_is_not_said_is_ordinary() -> None:
    """An owner asks in English, nothing misbehaves, the household's own rules hold, nothing is taken back."""
    asked, setting, seen = Asked(), Setting(HOME, moment(HOME, None)), Seen("done", HOME)
    assert (asked.by, asked.language, asked.arguments, asked.answer, asked.undo) == ("owner", "en", None, None, False)
    assert (dict(setting.faults), setting.rules) == ({}, "")
    assert (seen.calls, seen.problem, seen.undone) == ((), "", None)
    assert Fault() == Fault(0.0, 0.0, "", jam=False, dead=False, silent=False, lost=False)
