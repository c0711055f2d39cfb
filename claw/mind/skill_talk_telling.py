"""How talk about skills puts into words what was shown, which skills there are and what each may do.

What was shown is told as what the house would be, from the acts that were made of it, so that a person agrees to the
acts and not to what somebody believes was seen.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from claw.base.action import Action, Reply
from claw.house.model import House, State
from claw.house.semantics import apply
from claw.mind.nouns import Naming
from claw.mind.phrases import Phrases, fill
from claw.mind.replies import reply_text
from claw.mind.wording import FIGURES, shown_figure, state_words
from claw.skills.deciding import Decided
from claw.skills.demonstration import Demonstration
from claw.skills.demonstration_lines import Line
from claw.skills.model import RUNS, Skill, Standing

MOST_LISTED = 30
"""Names that one answer tells."""


def title(name: str) -> str:
    """Return the name of a skill as it is said: "movie time"."""
    return name.replace("-", " ")


def decided_reply(decided: Decided, language: str, told: str = "") -> Reply:
    """Return the reply about something that was decided about a skill; ``told`` stands before it where it was done."""
    performed = decided.performed
    if performed.pending is not None:
        question = performed.pending
        text = f"{question.question} {reply_text('pending', language, id=question.id)}"
        return Reply(text, "pending", pending=(question,), path="intent", language=language)
    if decided.standing is None:
        return Reply(decided.text, "refused", performed.outcomes, path="intent", language=language)
    text = f"{told} {decided.text}".strip()
    return Reply(text, "done", performed.outcomes, path="intent", language=language)


def seen(shown: Demonstration, house: House, now: datetime, words: Phrases) -> str:
    """Return what was seen, as a numbered list, with the question which of it is fixed; ``now`` is the time (UTC)."""
    naming = Naming(house, words)
    rows = [
        fill(words.skills["row"], number=str(number), names=naming.collected(line.entities)[0], values=values)
        for number, line in enumerate(shown.lines, 1)
        if (values := _values(line, house, now, words))
    ]
    text = words.skills["seen"].format_map({"list": "\n".join(rows)})
    return words.marks["space"].join([text, *left_out(shown, house, words)])


def left_out(shown: Demonstration, house: House, words: Phrases) -> list[str]:
    """Return what was moved and is no part of it, a sentence for each reason."""
    naming = Naming(house, words)
    reasons: dict[str, list[str]] = {}
    for one in shown.left:
        reasons.setdefault(one.why, []).append(one.entity)
    return [
        fill(words.skills[f"left_{why}"], names=naming.collected(entities, complete=False)[0])
        for why, entities in reasons.items()
    ]


def listed(skills: Iterable[tuple[Skill, Standing | None]], words: Phrases) -> str:
    """Return which skills there are, by how far each is trusted."""
    groups: dict[str, list[str]] = {"runs": [], "tried": [], "idle": [], "draft": []}
    for skill, standing in skills:
        groups[state(standing)].append(words.quote(title(skill.name)))
    keys = {"runs": "list_runs", "tried": "list_tried", "idle": "list_off", "draft": "list_draft"}
    said = [
        fill(words.skills[keys[group]], names=words.join(names[:MOST_LISTED]))
        for group, names in groups.items()
        if names
    ]
    return words.marks["space"].join(said) or words.skills["no_skills"]


def state(standing: Standing | None) -> str:
    """Return the word for how far a skill is trusted: ``runs``, ``tried``, ``idle`` or ``draft``."""
    if standing is None or standing.state == "draft":
        return "draft"
    if not standing.enabled or standing.state == "retired":
        return "idle"
    return "runs" if standing.state in RUNS else "tried"


def _values(line: Line, house: House, now: datetime, words: Phrases) -> str:
    said: list[str] = []
    after = house
    for action in line.actions:
        after = apply(after, action, now)
        said += _told(action, line.entities[0], after, words)
    return words.marks["comma"].join(dict.fromkeys(said))


def _told(action: Action, entity: str, after: House, words: Phrases) -> Sequence[str]:
    """Return the figures that an act sets, as the house would show them; the state where it carries none."""
    now = after.states.get(entity, State("unknown"))
    found = [
        said
        for one in FIGURES.get(action.name, ())
        if one.key in action.data and (said := shown_figure(one, now, after, words))
    ]
    if "hs_color" in action.data:
        found.append(words.skills["coloured"])
    return found or [state_words(after, entity, now, words)]
