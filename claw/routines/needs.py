"""What a routine leans on besides the house: whether its skill can be run, and its program before a prompt is one.

Both are asked when it is made, so that whoever writes it hears of it then; when it fires they are asked again by
whoever runs them.
"""

from collections.abc import Callable
from typing import Protocol

from claw.base.action import Origin
from claw.base.errors import ClawError
from claw.house.mirror import Mirror
from claw.routines.spec import Runs
from claw.skills.binding import Asker, checked
from claw.skills.model import Skill

READING = ("state", "find", "history", "recall")
"""What the program before a prompt may call of the house: it looks, and does nothing."""
_ACTS = ("call", "notify", "remember", "schedule", "run_skill", "ask", "wait_until", "read")
NO_ANSWER = "the program before a prompt ends with an expression that is true or false"


class Library(Protocol):
    """The skills (``claw/skills/library.py``)."""

    def whole(self, name: str) -> Skill:
        """Return the skill as it is on disk now; raises Refused where there is none or it has problems."""
        ...


class SkillNeeds:
    """Says why a skill with these values cannot be run by a routine of somebody's."""

    def __init__(self, library: Library, may_run: Callable[[Skill, Origin], str | None], mirror: Mirror) -> None:
        """``may_run`` gives a sentence why a skill does not run for somebody, None where it does."""
        self._library = library
        self._may_run = may_run
        self._mirror = mirror

    def why_not(self, runs: Runs, origin: Origin) -> str:
        """Return a sentence why ``origin`` cannot have it run, empty where they can."""
        try:
            skill = self._library.whole(runs.skill)
            if why := self._may_run(skill, origin):
                return why
            if skill.manifest.kind != "program":
                return f"The skill {runs.skill} is a guide: it is read, and does nothing."
            asker = Asker(origin.place, origin.language or "en")
            checked(skill.manifest, runs.arguments, self._mirror.house(), asker)
        except ClawError as error:
            return str(error)
        return ""


def gate_problem(source: str) -> str:
    """Return what is wrong with the program before a prompt, empty where it may be one."""
    import ast  # noqa: PLC0415  only who writes such a routine pays for it

    from claw.program.events import Mistyped  # noqa: PLC0415  as above
    from claw.program.prescan import prescan  # noqa: PLC0415  as above

    try:
        prescan(source, (*READING, *_ACTS))
    except Mistyped as error:
        return f"the program before the prompt is not valid: {error.diagnostics}"
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ACTS:
            return f"the program before a prompt may only look: {node.func.id} does something or waits"
    return "" if isinstance(tree.body[-1], ast.Expr) else NO_ANSWER
