"""Watches the house while a question waits: a yes is for what was shown, not for what became of it since.

The moment something the question is about takes another state, the question is over; that it changes back before
somebody answers makes no difference.  The states that rules look at count where they change the verdict.
"""

from claw.base.action import Pending
from claw.base.errors import Refused
from claw.gate.confirm import Questions
from claw.gate.judge import Judge
from claw.house.backend import Link
from claw.house.model import Change
from claw.policy.decide import strictest


class Vigil:
    """Voids standing questions as the house changes."""

    def __init__(self, questions: Questions, judge: Judge) -> None:
        self._questions = questions
        self._judge = judge
        judge.mirror.watch(self._changed)
        judge.mirror.on_link(self._linked)

    def _changed(self, change: Change) -> None:
        standing = self._questions.standing
        if not standing:
            return
        now = change.state.value if change.state else "gone"
        looked_at = change.entity_id in self._judge.looks_at
        for pending in tuple(standing.values()):
            before = pending.before.get(change.entity_id)
            if before is not None and before != now:
                self._questions.void(pending.id, f"{change.entity_id} was {before} and is {now} now")
            elif looked_at and self._judge.mirror.ready and (why := stands_no_more(self._judge, pending)):
                self._questions.void(pending.id, f"{change.entity_id} is {now} now: {why}")

    def _linked(self, _link: Link) -> None:
        """Judge what stands once the house is whole: while it comes in piece by piece, most of it is unknown."""
        if not self._judge.mirror.ready:
            return
        for pending in tuple(self._questions.standing.values()):
            if why := stands_no_more(self._judge, pending):
                self._questions.void(pending.id, f"when the house was back: {why}")


def stands_no_more(judge: Judge, pending: Pending) -> str:
    """Return why the rules as they are now would not put this question, or another one; empty where they would."""
    why = denied_now(judge, pending)
    if why:
        return why
    plan = judge.judge(pending.actions, pending.origin)
    asking = [decision for decision in plan.decisions if decision.effect == "confirm"]
    if not asking:
        return "nobody has to be asked"
    return "" if strictest(asking).terms == pending.terms else "somebody else has to be asked, or otherwise"


def denied_now(judge: Judge, pending: Pending) -> str:
    """Return why the policy in force denies what this question is about; empty where it does not."""
    try:
        denied = judge.judge(pending.actions, pending.origin).denied
    except Refused as refusal:
        return str(refusal)
    return denied.why if denied else ""
