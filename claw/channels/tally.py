"""Counts what a daemon does, for who watches it: how often, how long and what came of it, in words of Claw's own.

It is told of each reply and each act as others are, keeps a number for each, and nothing of who asked, what was said or
which thing it was about: there is nothing here that could be read out.
"""

from collections import Counter

from claw.base.action import Origin, Outcome, OutcomeStatus, Reply
from claw.base.spread import Spread
from claw.channels.health import STAGES
from claw.house.backend import Link, LinkStatus
from claw.llm.effector import MODEL

OWN = "claw"
TOOLS = "mcp"


class Tally:
    """The counts of one daemon since it started.

    ``requests`` by path and status, ``acts`` by what does them (``house``, ``claw``, ``model``, ``tool``) and status;
    ``late`` how those ended that were followed; ``links`` how often the link to the house took each status.
    """

    def __init__(self) -> None:
        self.requests = Counter[tuple[str, str]]()
        self.stages = {stage: Spread() for stage in STAGES}
        self.acts = Counter[tuple[str, OutcomeStatus]]()
        self.late = Counter[OutcomeStatus]()
        self.links: Counter[LinkStatus] = Counter()

    def replied(self, reply: Reply) -> None:
        """Count a request that was answered."""
        self.requests[reply.path, reply.status] += 1
        for stage, ms in reply.timings.items():
            if stage in self.stages and ms > 0:  # a stage that was not come to took no time
                self.stages[stage].add(ms / 1000)

    def acted(self, outcome: Outcome, origin: Origin) -> None:
        """Count an act as it is first known."""
        del origin
        self.acts[_by(outcome), outcome.status] += 1

    def ended(self, outcome: Outcome, origin: Origin) -> None:
        """Count the end of an act that was followed."""
        del origin
        self.late[outcome.status] += 1

    def linked(self, link: Link) -> None:
        """Count how the link to the house stands from now on."""
        self.links[link.status] += 1


def _by(outcome: Outcome) -> str:
    action = outcome.action
    if action.name == MODEL:
        return "model"
    return {OWN: "claw", TOOLS: "tool"}.get(action.domain, "house")
