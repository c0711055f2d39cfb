"""Whose a routine is, who may know of it and who may change it; pure, whatever the policy says besides.

Everybody has their own.  Grown-ups who live here may change anybody's, because a house cannot wait for whoever went
away; a room may change what was made in it; what guards life is for owners.  What somebody is only told is theirs.
"""

from dataclasses import dataclass, replace
from typing import Literal

from claw.base.action import Origin
from claw.gate.answering import ADULTS
from claw.policy.people import Role
from claw.routines.model import OF_SKILL, Routine
from claw.routines.spec import Prompts, Says, Spec, Step

Deed = Literal["change", "pause", "resume", "skip", "remove", "adopt", "run"]

PRIVATE_NAME = "somebody's own"
"""What a routine is called for those whom it does not concern."""
UNSEEN = "it puts something to a model in words that are not yours; make one of your own instead"
"""Why nobody else answers for such a routine: what they do not see would be done in their name."""
UNHEARD = "it says something to somebody else, in words that are not yours; make one of your own instead"
"""Why such a routine does not become another's: the words would become theirs with it."""
_WORDS = Says(say="(somebody else's words)")
_PROMPT = Prompts(prompt="(somebody else's words)", gate="False")
_ON_SAFETY = frozenset({"pause", "resume", "run"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the origin, and the role that its person has now; None where nobody is proven."""

    origin: Origin
    role: Role | None

    @property
    def person(self) -> str | None:
        """The proven person's id."""
        return self.origin.person if self.role is not None and self.origin.authenticated else None

    @property
    def grown_up(self) -> bool:
        """Whether it is an owner or adult, proven."""
        return self.person is not None and self.role in ADULTS


def owned(routine: Routine, asker: Asker) -> bool:
    """Return whether it is ``asker``'s own: made or adopted by them, or made in their room where nobody was known."""
    maker, person = routine.made_by, asker.person
    if routine.adopted_by:
        return person == routine.adopted_by
    if maker.authenticated and maker.person is not None:
        return person == maker.person
    return person is None and maker.place is not None and maker.place == asker.origin.place


def private(routine: Routine) -> bool:
    """Return whether it is somebody's and does nothing but say something to them, or to one person."""
    told = (step.to if isinstance(step, Says) else "" for step in routine.spec.do)
    return _known(routine) and all(to == "me" or to.startswith("person:") for to in told)


def sees(routine: Routine, asker: Asker) -> bool:
    """Return whether ``asker`` may know that there is such a routine: their own, and grown-ups all of them."""
    return owned(routine, asker) or asker.grown_up


def shown(routine: Routine, asker: Asker) -> Routine:
    """Return ``routine`` as ``asker`` may see it: without what is said to somebody else, or asked of a model for them.

    One that does nothing else has no name either.
    """
    if owned(routine, asker) or not _known(routine):
        return routine
    steps = tuple(_wordless(step, asker) for step in routine.spec.do)
    if steps == routine.spec.do:
        return routine
    hidden = {"do": steps, "name": PRIVATE_NAME} if private(routine) else {"do": steps}
    return replace(routine, spec=routine.spec.model_copy(update=hidden), why="")


def asks_unseen(routine: Routine, asker: Asker) -> bool:
    """Return whether it puts something to a model in words that ``asker`` does not see, and must not answer for."""
    return shown(routine, asker) != routine and any(isinstance(step, Prompts) for step in routine.spec.do)


def says_unheard(routine: Routine, asker: Asker) -> bool:
    """Return whether it says something that ``asker`` does not see: whoever has the routine would read it."""
    return shown(routine, asker).spec.do != routine.spec.do


def restored(spec: Spec, old: Routine, asker: Asker) -> Spec:
    """Return ``spec``, which ``asker`` made of what they saw of ``old``, with the words back that they did not see."""
    seen = shown(old, asker).spec
    if seen == old.spec:
        return spec
    hidden = [(was, real) for was, real in zip(seen.do, old.spec.do, strict=True) if was != real]
    steps: list[Step] = []
    for step in spec.do:
        found = next((pair for pair in hidden if pair[0] == step), None)
        if found is not None:
            hidden.remove(found)
        steps.append(step if found is None else found[1])
    name = old.spec.name if spec.name == seen.name else spec.name
    return spec.model_copy(update={"do": tuple(steps), "name": name})


def why_not(deed: Deed, routine: Routine, asker: Asker, maker: Role | None = None) -> str:
    """Return why ``asker`` may not do ``deed`` to ``routine``, a sentence without its full stop; empty where they may.

    ``maker`` is the role that its maker has now.  What may not be known of is answered as what does not exist.
    """
    if not sees(routine, asker) or routine.state == "removed":
        return "there is no such routine"
    if routine.safety or routine.spec.kind == "safety":
        return _why_not_safety(deed, asker)
    if routine.id.startswith(OF_SKILL) and deed in {"change", "remove", "adopt"}:
        return "it stands in a skill; turn the skill off to be rid of it"
    if deed == "adopt":
        return _why_not_adopted(routine, asker)
    if deed == "change":
        return _why_not_changed(routine, asker)
    anothers = maker == "owner" and asker.role != "owner" and not owned(routine, asker)
    return "it acts for an owner, so an owner has to run it" if deed == "run" and anothers else ""


def _why_not_safety(deed: Deed, asker: Asker) -> str:
    if deed not in _ON_SAFETY:
        return "what guards life is not changed or taken away; an owner may pause it"
    owner = asker.person is not None and asker.role == "owner"
    return "" if owner else "only an owner decides about what guards life"


def _why_not_changed(routine: Routine, asker: Asker) -> str:
    if asks_unseen(routine, asker):
        return UNSEEN
    return UNHEARD if says_unheard(routine, asker) and not private(routine) else ""


def _why_not_adopted(routine: Routine, asker: Asker) -> str:
    if asks_unseen(routine, asker):
        return UNSEEN
    origin = asker.origin
    if not asker.grown_up or origin.asks_only or origin.taint or origin.skill or origin.routine:
        return "only a grown-up who lives here, and is known to be it, takes a routine over"
    if (routine.state == "waiting" or routine.made_by.taint) and asker.role != "owner":
        return "text from outside the household had a part in it, so an owner has to take it over"
    # An owner lets one go on that waits; it stays whose it is.
    return UNHEARD if says_unheard(routine, asker) and routine.state != "waiting" else ""


def _known(routine: Routine) -> bool:
    """Return whether it is somebody's, and not of a room or the house."""
    maker = routine.made_by
    return bool(routine.adopted_by) or (maker.authenticated and maker.person is not None)


def _wordless(step: Step, asker: Asker) -> Step:
    """Return a step without the words that are for somebody else."""
    if isinstance(step, Prompts):
        return _PROMPT
    theirs = isinstance(step, Says) and (step.to == "me" or step.to.startswith("person:"))
    mine = asker.person is not None and isinstance(step, Says) and step.to == f"person:{asker.person}"
    return _WORDS if theirs and not mine else step
