"""The tools of other servers, as a program meets them: it calls one, and gets an object that stands for the answer.

What is in it was written by somebody else, so the program cannot look into it: only the reader can, and the person to
whom it is shown.  In a rehearsal nobody is asked, and the object is empty.
"""

from collections.abc import Callable, Sequence

from claw.base.action import Action, Outcome
from claw.program.acts import TOOLS
from claw.program.api import FUNCTIONS, Kind
from claw.program.events import Answer, Call, Handle, Trouble, Value
from claw.program.job import Job
from claw.program.looks import Looks, Shown

WORKED = frozenset({"done", "started", "sent", "unchanged"})
NOTHING = Trouble("OSError", "the tool did not answer")
UNHEARD = Trouble("OSError", "nobody knows what the tool answered")

Answers = Callable[[int], str | None]
"""Gives, once, what a tool answered, by the number of the act in the log; None where there is nothing."""


def no_answers(number: int) -> str | None:
    """Return that no tool of another server answered anything, where there are none."""
    del number


def tool_of(actions: Sequence[Action]) -> str:
    """Return the tool of another server that a call asks, empty where it asks none."""
    return actions[0].name if len(actions) == 1 and actions[0].domain == TOOLS else ""


def kind_of(call: Call, looks: Looks) -> Kind:
    """Return what becomes of a call: what a tool was asked in this segment is shown once the segment is over."""
    return "wait" if call.name == "show" and looks.is_fresh(call.on) else FUNCTIONS[call.name].kind


def show(job: Job, handle: str) -> Answer:
    """Let the person see what a tool answered, which marked the program already; raises Refused for no such text."""
    found = job.tape.text(handle)
    job.shown.append(Shown(found.source, found.text))
    return Value(None)


def denied(why: str) -> Trouble:
    """Return the error that a program gets for what the house's rules refuse."""
    return Trouble("RuntimeError", why, denied=True)


def told(outcomes: Sequence[Outcome]) -> Answer:
    """Return what a program hears of its act: that it worked, that it did not, or that it is not allowed."""
    refused = next((one for one in outcomes if one.status == "refused"), None)
    if refused is not None:
        return denied(refused.detail)
    return Value(all(one.status in WORKED for one in outcomes))


class Tooled:
    """The tools that one wave of a program asks."""

    def __init__(self, looks: Looks, answers: Answers) -> None:
        self._looks = looks
        self._answers = answers
        self._handles: dict[int, Handle] = {}

    def note(self, call: Call, actions: Sequence[Action]) -> None:
        """Take note of a call before it is done: from here on the run is marked with the tool it asks, if it does."""
        if tool := tool_of(actions):
            self._handles[call.id] = self._looks.answer_of(tool)

    def heard(self, call: Call, came: Sequence[Outcome], otherwise: Answer) -> Answer:
        """Return what the program gets of a call: ``otherwise`` where it asked no tool, or was not let."""
        handle = self._handles.get(call.id)
        if handle is None or isinstance(otherwise, Trouble):
            return otherwise
        number = came[0].audit
        text = self._answers(number) if number is not None and came[0].status in WORKED else None
        if text is None:
            return NOTHING
        self._looks.fill(handle, text)
        return handle
