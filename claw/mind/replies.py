"""What Claw says about what it did, written from verified outcomes and nothing else.

The words for success come from the state that the house shows after the act, never from what was asked for, so a reply
cannot claim what is not so.  Several outcomes are told completely: what worked and what did not.  No model and no text
from a device has a say in it: names, states and errors are quoted and cut.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claw.base.action import Action, Outcome, OutcomeStatus
from claw.house.model import House, State
from claw.house.text import plain
from claw.mind.nouns import Naming
from claw.mind.phrases import capital, fill, phrases
from claw.mind.wording import line, risk, state_words, target_words, verb_words

REASON = 200
"""The most characters of a reason, an error or another foreign sentence that are repeated."""

MOVING = frozenset(
    {"opening", "closing", "locking", "unlocking", "arming", "disarming", "pending", "returning", "buffering"}
)
_SELF_EVIDENT = frozenset({"jammed", "unavailable", "problem", "error"})
"""States that say by themselves why an act failed, in the language of the reply."""

_FAILURES = frozenset({"failed", "refused", "unknown"})


@dataclass(frozen=True, slots=True)
class _Told:
    """One sentence but for its names: things that have this in common are told together."""

    key: str
    values: tuple[tuple[str, str], ...] = ()
    act: str = ""


def outcome_text(outcomes: Sequence[Outcome], house: House, language: str | None) -> str:
    """Return what came of some actions, in short sentences; each entity is told with its own status."""
    return _Writer(house, language).write(outcomes)


def message_text(outcome: Outcome, house: House, language: str | None) -> str:
    """Return the message about an outcome that came after its reply: "The garage door is now open."."""
    return _Writer(house, language, late=True).write((outcome,))


def question_text(actions: Sequence[Action], house: House, language: str | None) -> str:
    """Return the question that a person says yes or no to.

    Every entity is named with the state it has now, every action with what it would become and the data it carries;
    nothing is collapsed or left out, and the riskiest comes first; but where one thing is in several actions they stay
    in the order in which they are done, which says how it ends.  Several actions take one line each.
    """
    words = phrases(language)
    naming = Naming(house, words)
    named = [entity for action in actions for entity in dict.fromkeys(action.entities)]
    ordered = sorted(actions, key=lambda a: risk(a, house)) if len(set(named)) == len(named) else actions
    lines = [line(action, house, naming, words) for action in ordered]
    if not lines:
        return words.sentence("nothing")
    if len(lines) == 1:
        return words.sentence("question", line=lines[0])
    return "\n".join([words.sentence("question", many=True, line=""), *(f"- {capital(one)}" for one in lines)])


def reply_text(key: str, language: str | None, **values: str | None) -> str:
    """Return a fixed reply.

    A reply may have several forms; the first whose values are all given (and not empty) is used.  Values are shown on
    one line and cut.  Raises KeyError for a key that no language has.
    """
    words = phrases(language)
    given = {name: plain(value, REASON).rstrip(".。 ") for name, value in values.items() if value}
    forms = words.fixed[key]
    for form in (forms,) if isinstance(forms, str) else forms:
        try:
            return fill(form, **given)
        except KeyError:
            continue
    raise KeyError(f"{key} needs a value that is missing")


class _Writer:
    """Writes outcomes of one house in one language."""

    def __init__(self, house: House, language: str | None, *, late: bool = False) -> None:
        self._house = house
        self._language = language
        self._words = phrases(language)
        self._naming = Naming(house, self._words)
        self._late = late

    def write(self, outcomes: Sequence[Outcome]) -> str:
        told: dict[_Told, list[str]] = {}
        for outcome in outcomes:
            for kind, entity_id in self._told(outcome):
                entities = told.setdefault(kind, [])
                if entity_id is not None and entity_id not in entities:
                    entities.append(entity_id)
        if not told:
            return self._words.sentence("nothing")
        if all(outcome.status == "refused" and outcome.detail == "stopped" for outcome in outcomes):
            return reply_text("stopped", self._language)
        # What was done comes first; what was so already is the least of it.
        ordered = sorted(told.items(), key=lambda one: one[0].key == "unchanged")
        return self._words.marks["space"].join(self._sentence(kind, entities) for kind, entities in ordered)

    def _told(self, outcome: Outcome) -> Iterable[tuple[_Told, str | None]]:
        if not outcome.action.entities:
            yield self._bare(outcome), None
            return
        for entity_id, status in entity_statuses(outcome).items():
            yield self._one(outcome, entity_id, status), entity_id

    def _one(self, outcome: Outcome, entity_id: str, status: OutcomeStatus) -> _Told:
        if status in {"done", "unchanged"}:
            return self._success(outcome, entity_id, unchanged=status == "unchanged")
        if status == "sent":
            return _Told("sent")
        asked = self._asked(outcome.action)
        if status == "started":
            value = outcome.after.get(entity_id)
            moving = _Told("moving", (("state", self._state(entity_id, value)),))
            return moving if value in MOVING else _Told("started", asked)
        if status == "unknown":
            return _Told("unknown", asked)
        if status == "refused":
            key = "forbidden" if _is_denied(outcome) else "refused"
            return _Told(key, (*asked, ("why", self._why(self._named(outcome)))))
        alone = self._late and outcome.action.name.partition(".")[2] in self._words.alone
        return _Told("late" if alone else "failed", (*asked, ("why", self._why_failed(outcome, entity_id))))

    def _success(self, outcome: Outcome, entity_id: str, *, unchanged: bool) -> _Told:
        action = outcome.action
        act = self._words.acts.get(action.name) or self._words.acts.get(action.domain)
        if act is not None:
            item = action.data.get("item")
            return _Told("act", (("item", plain(item) if isinstance(item, str) else ""),), act)
        value = outcome.after.get(entity_id)
        if value is None and entity_id not in self._house.states:
            return _Told("finished")
        key = "unchanged" if unchanged else "now" if self._late else "done"
        return _Told(key, (("state", self._state(entity_id, value, action)),))

    def _bare(self, outcome: Outcome) -> _Told:
        status = outcome.status
        act = self._words.acts.get(outcome.action.name)
        if act is not None and outcome.action.domain == "claw" and status in {"done", "sent"}:
            return _Told("act", (), act)  # an act of Claw's own: there is no device that would report back
        key = {"done": "finished", "refused": "forbidden" if _is_denied(outcome) else "refused"}.get(status, status)
        why = self._why(self._named(outcome)) if status in {"failed", "refused"} else ""
        return _Told(f"{key}.bare", (("verb", verb_words(outcome.action, self._words)), ("why", why)))

    def _sentence(self, kind: _Told, entities: Sequence[str]) -> str:
        values = dict(kind.values)
        if not entities:
            return kind.act or self._words.sentence(kind.key, many=False, **values)
        names, many = self._naming.collected(entities, complete=kind.key not in {"done", "now", "unchanged", "moving"})
        if kind.act:
            return fill(kind.act, names=names, **values)
        return self._words.sentence(kind.key, many=many, names=names, **values)

    def _asked(self, action: Action) -> tuple[tuple[str, str], ...]:
        return ("verb", verb_words(action, self._words)), ("target", target_words(action, self._house, self._words))

    def _state(self, entity_id: str, value: str | None, action: Action | None = None) -> str:
        shown = self._house.states.get(entity_id)
        if value is None:
            state = shown or State("unknown")
        else:
            # Attributes belong to the state they came with; those of another moment would claim too much.
            same = shown is not None and shown.value == value
            state = State(value, shown.attributes if shown and same else {})
        return state_words(self._house, entity_id, state, self._words, action)

    def _why_failed(self, outcome: Outcome, entity_id: str) -> str:
        after = outcome.after.get(entity_id, outcome.before.get(entity_id))
        if after in _SELF_EVIDENT:
            return self._why(self._words.sentence("is", state=self._state(entity_id, after)))
        if outcome.detail:
            return self._why(self._named(outcome))
        if after is None:
            return ""
        key = "still" if outcome.before.get(entity_id) == after else "is"
        return self._why(self._words.sentence(key, state=self._state(entity_id, after, outcome.action)))

    def _named(self, outcome: Outcome) -> str:
        """Return the reason of an outcome, with names where it speaks of entity ids."""
        reason = plain(_reason(outcome), REASON)
        for entity_id in outcome.action.entities:
            if entity_id in reason:
                reason = reason.replace(entity_id, self._naming.one(entity_id))
        return reason

    def _why(self, reason: str) -> str:
        text = plain(reason, REASON).rstrip(".。 ")
        text = self._words.reasons.get(text, text)
        return self._words.sentence("why", reason=text) if text else ""


def entity_statuses(outcome: Outcome) -> Mapping[str, OutcomeStatus]:
    """Return the status of each entity of an outcome, the worse reading where the outcome contradicts itself.

    An entity that was not reported on is ``unknown`` where others were; a failure of the whole that no entity accounts
    for is everybody's.
    """
    entities = outcome.action.entities
    if not outcome.entities:
        return dict.fromkeys(entities, outcome.status)
    statuses: dict[str, OutcomeStatus] = {entity: outcome.entities.get(entity, "unknown") for entity in entities}
    if outcome.status in _FAILURES and not _FAILURES & set(statuses.values()):
        return dict.fromkeys(entities, outcome.status)
    return statuses


def _is_denied(outcome: Outcome) -> bool:
    return outcome.decision is not None and outcome.decision.effect == "deny"


def _reason(outcome: Outcome) -> str:
    if outcome.decision is not None and _is_denied(outcome):
        return outcome.decision.why or outcome.detail
    return outcome.detail
