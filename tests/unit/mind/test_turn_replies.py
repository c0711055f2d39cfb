"""What a turn answers: what came of acts, a question with its number, and what was not understood."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from claw.base.action import Action, Origin, Outcome, Pending, Terms
from claw.daemon.demo import FOLDER
from claw.gate.carry import HALTED
from claw.gate.perform import Performed
from claw.house.file import load_house
from claw.mind.attempt import NOT_UNDERSTOOD
from claw.mind.turn_replies import performed_reply, plain_reply, unclear_reply
from claw.mind.understood import Unclear

HOUSE = load_house(Path(FOLDER) / "house.yaml")
ON = Action("light.turn_on", ("light.porch",))


def test_a_reply_tells_the_outcomes_and_how_long_each_stage_took() -> None:
    reply = performed_reply(Performed((Outcome(ON, "done"),), timings={"disk": 1.23456}), HOUSE, "en")
    assert (reply.status, reply.path, reply.timings) == ("done", "intent", {"disk": 1.235})
    assert "Porch light" in reply.text


def test_what_broke_off_in_the_middle_offers_to_take_back_the_rest() -> None:
    other = Action("light.turn_on", ("light.garden_path",))
    reply = performed_reply(Performed((Outcome(ON, "done"), Outcome(other, "refused", min(HALTED)))), HOUSE, "en")
    assert "undo" in reply.text.casefold()


def test_a_question_tells_its_number_where_it_has_one() -> None:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    until = now + timedelta(minutes=2)
    asked = Pending("q1", "Open it?", (ON,), Origin("web"), Terms(), None, {}, now, until, 7, number="42")
    reply = performed_reply(Performed(pending=asked), HOUSE, "en")
    assert reply.status == "pending"
    assert reply.pending == (asked,)
    assert "42" in reply.text
    assert "Open it?" in reply.text


def test_what_waits_is_said_below_a_list_and_not_in_its_last_line() -> None:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    asked = Pending("q1", "All of this?\n- Open it\n- Lock it", (ON,), Origin("web"), Terms(), None, {}, now, now, 7)
    assert performed_reply(Performed(pending=asked), HOUSE, "en").text.splitlines()[2:] == [
        "- Lock it",
        "It waits for a yes (question q1).",
    ]


def test_what_is_not_understood_names_the_nearest_sentence_unless_there_is_a_choice() -> None:
    unclear = Unclear("en", "turn on the porch light", NOT_UNDERSTOOD)
    assert "turn on the porch light" in unclear_reply(unclear, HOUSE).text
    own = Unclear("en", "stop everything", "Which player do you mean?")
    assert unclear_reply(own, HOUSE).text == own.reason
    choice = Unclear("en", "turn on the porch light", "Which one?", "path", ("light.porch", "light.garden_path"))
    assert unclear_reply(choice, HOUSE).text == "Which one?"


def test_reasons_are_english_so_other_languages_get_their_own_sentence() -> None:
    reply = unclear_reply(Unclear("de", None, "I do not know that."), HOUSE)
    assert "I do not know" not in reply.text
    assert (reply.status, reply.language) == ("unclear", "de")


def test_a_fixed_sentence_has_its_status_and_its_values() -> None:
    reply = plain_reply("failed", "refused", "en", why="it is late")
    assert reply.status == "failed"
    assert "it is late" in reply.text
