"""What Claw says about an undo: what it took back, what waits for a yes, and what it left as it is and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from claw.base.action import Outcome, Pending, Reply, ReplyStatus
from claw.gate.undo import CannotUndo
from claw.gate.undoing import Undoing, Undone
from claw.house.model import House
from claw.house.text import plain
from claw.mind.nouns import Naming
from claw.mind.past import Recollection, moment_words
from claw.mind.phrases import phrases
from claw.mind.replies import REASON, outcome_text, reply_text
from claw.mind.whereabouts import Whereabouts


@dataclass(frozen=True)
class Hindsight:
    """What was: taking it back, telling of it, and who may be told where people were."""

    undoing: Undoing
    recollection: Recollection
    whereabouts: Whereabouts


def cannot_text(
    cannot: Sequence[CannotUndo], recollection: Recollection, house: House, now: datetime, language: str
) -> str:
    """Return why some things stay as they are; those that stay for the same reason are told together."""
    words = phrases(language)
    naming = Naming(house, words)
    together: dict[str, list[str]] = {}
    for one in cannot:
        reason = why_text(one, recollection, house, now, language)
        together.setdefault(reason, []).append(one.entity or "")
    told: list[str] = []
    for reason, entities in together.items():
        named = [entity for entity in dict.fromkeys(entities) if entity]
        if named:
            names, many = naming.collected(named)
            told.append(words.sentence("left", many=many, names=names, why=reason))
        else:
            told.append(words.sentence("left.bare", why=reason))
    return words.marks["space"].join(told)


def why_text(one: CannotUndo, recollection: Recollection, house: House, now: datetime, language: str) -> str:
    """Return the reason why something is not taken back, as the end of a sentence."""
    words = phrases(language)
    if one.code == "changed":
        who = recollection.who(one.who, house, now, language) if one.who is not None else ""
        at = moment_words(one.at, now, house.registry.time_zone, words) if one.at is not None else "?"
        return words.sentence("left.changed", time=at, who=who)
    if one.code == "refused":
        return plain(one.why, REASON).rstrip(".。 ")
    return words.sentence(f"left.{one.code}")


def undone_reply(
    undone: Undone, recollection: Recollection, house: House, now: datetime, language: str, status: ReplyStatus
) -> Reply:
    """Return the reply to an undo; ``status`` is that of its outcomes."""
    outcomes: list[Outcome] = []
    pending: list[Pending] = []
    for performed in undone.performed:
        outcomes += performed.outcomes
        if performed.pending is not None:
            pending.append(performed.pending)
    told = [outcome_text(outcomes, house, language)] if outcomes else []
    told += [f"{one.question} {reply_text('pending', language, id=one.id)}" for one in pending]
    if undone.cannot:
        told.append(cannot_text(undone.cannot, recollection, house, now, language))
    text = phrases(language).marks["space"].join(told) or reply_text("nothing_to_undo", language)
    return Reply(text, status, tuple(outcomes), tuple(pending), path="intent", language=language)


def undone_status(undone: Undone, of_outcomes: ReplyStatus) -> ReplyStatus:
    """Return the status of an undo as a whole: what was left alone makes a success a partial one."""
    outcomes = [outcome for performed in undone.performed for outcome in performed.outcomes]
    asked = any(performed.pending is not None for performed in undone.performed)
    if not outcomes:
        if asked:
            return "pending"
        codes = {one.code for one in undone.cannot}
        return "refused" if codes & {"refused", "opens", "guarded"} else "failed" if codes else "unclear"
    if of_outcomes in {"done", "started"}:
        return "pending" if asked else "partial" if undone.cannot else of_outcomes
    return of_outcomes
