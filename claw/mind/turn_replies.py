"""What a turn answers, in words: what came of acts, what was not understood, and the fixed sentences."""

from collections.abc import Sequence
from datetime import datetime

from claw.base.action import Reply, ReplyStatus
from claw.gate.deeds import Deed
from claw.gate.perform import Performed
from claw.gate.stop import StopState
from claw.house.model import House
from claw.mind.attempt import NOT_UNDERSTOOD
from claw.mind.choosing import which_text
from claw.mind.past import moment_words
from claw.mind.phrases import phrases
from claw.mind.replies import outcome_text, reply_text
from claw.mind.statuses import broken_off, status
from claw.mind.understood import Unclear

RESET = 'claw reset --reason "…"'


def performed_reply(performed: Performed, house: House, language: str) -> Reply:
    """Return the reply about acts that the gate did, or asks about."""
    timings = {stage: round(ms, 3) for stage, ms in performed.timings.items()}
    if performed.pending is not None:
        question = performed.pending
        gap = "\n" if "\n" in question.question else " "  # below a list, not in its last line
        text = f"{question.question}{gap}{reply_text('pending', language, id=question.id)}"
        if question.number:
            text += " " + reply_text("number", language, number=question.number)
        return Reply(text, "pending", pending=(question,), path="intent", language=language, timings=timings)
    text = outcome_text(performed.outcomes, house, language)
    if broken_off(performed.outcomes):
        text += " " + reply_text("offer_undo", language)
    how = status(performed.outcomes)
    return Reply(text, how, performed.outcomes, path="intent", language=language, timings=timings)


def unclear_reply(unclear: Unclear, house: House) -> Reply:
    """Return the reply to what was not understood, with the nearest sentence that would be.

    A reason of its own ("Which player do you mean?") says what is lacking: a sentence beside it would ask twice.
    """
    language = unclear.language
    if unclear.lacks:
        return plain_reply("unclear", "unknown_name", language, name=unclear.lacks, nearest=unclear.nearest)
    if language != "en" and unclear.choices:
        return Reply(which_text(unclear, house), "unclear", language=language)
    if language != "en":  # reasons are English sentences
        return plain_reply("unclear", "not_understood", language, nearest=unclear.nearest)
    text = unclear.reason
    if unclear.nearest and text == NOT_UNDERSTOOD:
        text += " " + reply_text("nearest", language, sentence=unclear.nearest)
    return Reply(text, "unclear", language=language)


def did_reply(deeds: Sequence[Deed], house: House, now: datetime, language: str) -> Reply:
    """Return what came of the acts of one plan and when it was, from the log's last word on them."""
    if not deeds:
        return plain_reply("answered", "did_nothing", language)
    what = outcome_text([deed.outcome for deed in deeds], house, language)
    words = phrases(language)
    text = words.answer("did", time=moment_words(deeds[-1].time, now, house.registry.time_zone, words), what=what)
    return Reply(text, "answered", path="intent", language=language)


def reset_reply(state: StopState, language: str) -> Reply:
    """Return how a stop is lifted, and by whom: a word in a talk never lifts one."""
    key = "how_to_reset_here" if state.local else "how_to_reset"
    return plain_reply("stopped", key, language, why=state.reason, command=RESET)


def plain_reply(how: ReplyStatus, key: str, language: str, **values: str | None) -> Reply:
    """Return a fixed sentence."""
    return Reply(reply_text(key, language, **values), how, language=language)
