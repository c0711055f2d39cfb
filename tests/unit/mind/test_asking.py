"""Requests that wait for a yes."""

from datetime import UTC, datetime, timedelta

from claw.base.action import Origin, Pending, Terms
from claw.base.erasure import Erasure
from claw.mind.asking import MOST, Asking
from claw.program.ran import Ran
from claw.skills.traces import Done
from tests.learning_room import HOUSE

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def pending(name: str, conversation: str = "c") -> Pending:
    origin = Origin("web", "anna", authenticated=True, conversation=conversation)
    return Pending(name, "Unlock?", (), origin, Terms(), None, {}, NOW, NOW + timedelta(minutes=2), 1)


def done(question: Pending, said: str = "let Sam in") -> Done:
    return Done(said, question.origin, "en", "x", Ran("r", pending=question), HOUSE)


def test_a_request_is_known_until_its_question_is_answered() -> None:
    asking, question = Asking(), pending("p")
    asking.put(done(question))
    found = asking.resumed(question, Ran("r", printed="x"))
    assert found is not None
    assert (found.said, found.ran.printed) == ("let Sam in", "x")
    assert asking.resumed(question, Ran("r")) is None
    asking.put(done(question))
    asking.drop(question)
    assert asking.resumed(question, Ran("r")) is None


def test_what_waits_for_nothing_is_not_kept_and_of_too_many_the_oldest_goes() -> None:
    asking = Asking()
    asking.put(Done("x", Origin("web"), "en", "x", Ran("r"), HOUSE))
    questions = [pending(f"p{at}") for at in range(MOST + 1)]
    for question in questions:
        asking.put(done(question))
    assert asking.resumed(questions[0], Ran("r")) is None
    assert asking.resumed(questions[1], Ran("r")) is not None


def test_what_is_to_be_forgotten_goes() -> None:
    for erasure, left in (
        (Erasure(words=("sam",)), 1),
        (Erasure(words=("let Sam",)), 0),
        (Erasure(conversations=frozenset({"c"})), 0),
        (Erasure(person="anna"), 0),
        (Erasure(person="ben"), 1),
        (Erasure(since=NOW), 0),
        (Erasure(everything=True), 0),
    ):
        asking, question = Asking(), pending("p")
        asking.put(done(question))
        assert asking.erase(erasure) == 1 - left
        assert (asking.resumed(question, Ran("r")) is not None) == bool(left)
