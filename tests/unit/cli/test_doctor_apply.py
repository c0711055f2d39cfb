"""All of a repair after one yes: in one order, to its end, or as it was; cut off anywhere it is done by the next."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from claw.base.action import Action, Json
from claw.base.errors import Refused, Unavailable, UnknownOutcome
from claw.care.doctor_policy import BEGUN
from claw.care.repair import Proposal
from claw.care.repair_rows import Row
from claw.cli import doctor_apply, doctor_repair
from claw.cli.client import NoDaemon
from claw.cli.doctor_apply import ANOTHERS, Work, begun, cut_off, work
from claw.cli.ground import Ground
from claw.policy.people import People
from tests.cli_room import Cli
from tests.unit.cli.test_doctor_repair import CONFIG, POLICY, REPAIR, home, texts

__all__ = ["home"]

APPLY = (*REPAIR, "--apply", "--yes")
MENDED = tuple(text.replace("hall_lamp", "hall_lamp_new") for text in (POLICY, CONFIG))
ROUTINE = Row("routine", "r1", ("a",), ("b",), Action("claw.routine_change", (), {"routine": "r1", "spec": "{}"}))
MEMORY = Row("alias", "3", ("a",), ("b",), Action("claw.remember", (), {"op": "correct"}))


class Told:
    """A daemon that answers what it is given."""

    def __init__(self, **answers: Json | Exception) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Json]] = []

    def ask(self, do: str, **arguments: Json) -> Json:
        self.asked.append((do, arguments))
        answer = self.answers[do]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_only_what_whoever_types_may_change_is_changed() -> None:
    daemon = Told(routine={"mine": True}, memory_why={})
    assert work([MEMORY, ROUTINE], {}, daemon).rows == (MEMORY, ROUTINE)  # type: ignore[arg-type]
    daemon = Told(routine={"mine": False}, memory_why=Refused("there is no such memory"))
    found = work([MEMORY, ROUTINE], {}, daemon)  # type: ignore[arg-type]
    assert found.rows == ()
    assert found.left == (
        (MEMORY, "there is no such memory"),
        (ROUTINE, "it is another's, and would act for you"),
    )
    assert work([ROUTINE], {}, None).left == ((ROUTINE, "it waits for a running daemon"),)


@pytest.mark.parametrize(("why", "commands"), [(ANOTHERS, ["claw routines adopt r1"]), ("so another said", [])])
def test_another_ones_routine_is_taken_over_by_a_command_of_its_own(why: str, commands: list[str]) -> None:
    case = SimpleNamespace(claw=lambda words: f"claw {words}")
    (row,) = doctor_repair._todo(case, Proposal(), Work((), {}, ((ROUTINE, why),)))  # type: ignore[arg-type]
    assert row["commands"] == commands


@pytest.mark.parametrize(
    ("outcomes", "asks", "status"),
    [(["sent", "sent"], [], "done"), (["sent", "failed"], [], "partial"), ([], ["p1"], "pending")],
)
def test_what_came_of_the_acts_is_told(outcomes: list[str], asks: list[str], status: str) -> None:
    reply = {"outcomes": [{"status": one} for one in outcomes], "pending": [{"id": one} for one in asks], "text": "so"}
    daemon = Told(act=reply)
    assert doctor_apply._acts([MEMORY, ROUTINE], daemon)["status"] == status  # type: ignore[arg-type]
    ((_, told),) = daemon.asked
    assert [one["action"] for one in told["acts"]] == ["claw.remember", "claw.routine_change"]


@pytest.mark.parametrize(("lost", "told"), [(Unavailable, UnknownOutcome), (NoDaemon, NoDaemon)])
def test_what_a_daemon_that_was_lost_over_the_acts_did_is_not_known(
    lost: type[Unavailable], told: type[Unavailable]
) -> None:
    with pytest.raises(told):
        doctor_apply._acts([MEMORY], Told(act=lost("the daemon hung up")))  # type: ignore[arg-type]


def test_acts_of_which_none_was_done_are_refused() -> None:
    with pytest.raises(Refused, match=r"nothing was changed: No\."):
        doctor_apply._acts([ROUTINE], Told(act={"outcomes": [], "pending": [], "text": "No."}))  # type: ignore[arg-type]


class Killed(BaseException):
    """The process ends here: nothing that follows runs."""


@pytest.mark.parametrize("after", range(1, 4))
def test_one_that_was_killed_anywhere_is_done_to_its_end_by_the_next(
    claw: Cli, home: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Each file is as it was or as it will be; the mapping that was said yes to is not said again."""
    real: Callable[..., object] = doctor_apply.PolicyFile.replace
    calls = 0

    def until(*given: object) -> object:
        nonlocal calls
        calls += 1
        if calls == after:
            raise Killed
        done = real(*given)
        if after == 3 and calls == 2:  # once both are written
            raise Killed
        return done

    monkeypatch.setattr(doctor_apply.PolicyFile, "replace", until)
    with pytest.raises(Killed):
        claw(*APPLY)
    for now, was, mended in zip(texts(home), (POLICY, CONFIG), MENDED, strict=True):
        assert now in {was, mended}
    assert begun(home / "policy.yaml") == {"light.hall_lamp": "light.hall_lamp_new"}
    monkeypatch.setattr(doctor_apply.PolicyFile, "replace", real)
    said = claw(*APPLY)
    assert said.code == 0, said.err
    assert texts(home) == MENDED
    assert claw(*APPLY).out.splitlines()[0] == "Nothing is named that the house does not have."
    assert not (home / f"policy.yaml{BEGUN}").exists()


def test_what_nobody_knows_to_be_undone_is_not_put_back(claw: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows may be changed by then, and would name what the files do not."""
    real: Callable[..., object] = doctor_apply._files

    def lost(*given: object) -> object:
        real(*given)
        raise UnknownOutcome("the daemon hung up")

    monkeypatch.setattr(doctor_apply, "_files", lost)
    said = claw(*APPLY)
    assert said.code != 0
    assert "hung up" in said.err
    assert texts(home) == MENDED
    assert begun(home / "policy.yaml") == {"light.hall_lamp": "light.hall_lamp_new"}


def test_a_note_that_is_none_or_about_nothing_says_nothing(claw: Cli, home: Path) -> None:
    note = home / f"policy.yaml{BEGUN}"
    note.write_text("light.hall_lamp=lock.front\n")
    assert begun(home / "policy.yaml") == {}
    note.write_text("light.nobody=light.porch\n")
    assert begun(home / "policy.yaml") == {"light.nobody": "light.porch"}
    assert claw(*REPAIR).code == 0
    note.unlink()
    os.mkfifo(note)
    assert begun(home / "policy.yaml") == {}


def test_only_what_a_repair_wrote_itself_is_taken_for_one_that_was_cut_off(tmp_path: Path) -> None:
    """The daemon is told of such a file without a look at it: the yes was to these letters and no others."""
    file, note = tmp_path / "policy.yaml", tmp_path / f"policy.yaml{BEGUN}"
    there = Ground(People([]), (), None, file, POLICY)
    mended = POLICY.replace("hall_lamp", "hall_lamp_new")
    file.write_text(mended)
    assert not cut_off(there), "nobody said yes to anything"
    note.write_text("light.hall_lamp=light.hall_lamp_new\n")
    assert cut_off(there)
    assert not cut_off(replace(there, text="")), "without a daemon there is nobody to tell"
    for text in (POLICY, mended + "# or so\n", mended.replace("allow: light.*", "allow: '*'")):
        file.write_text(text)
        assert not cut_off(there), text


def test_a_changed_skill_is_the_next_version(claw: Cli, home: Path) -> None:
    """Nobody takes other bytes under the same number."""
    own = home / "skills" / "mine"
    own.mkdir(parents=True)
    (own / "skill.yaml").write_text("name: mine\nversion: 1.2.9\n")
    (own / "program.py").write_text('turn_on("light.hall_lamp")\n')
    diff = claw(*REPAIR).out
    assert "-version: 1.2.9" in diff
    assert "+version: 1.2.10" in diff
