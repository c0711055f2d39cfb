"""A daemon whose desk answers the views of policy, health and log."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from claw.base.action import Json
from claw.channels.draft_job import answered
from claw.channels.views import Views
from claw.daemon.build import Daemon
from claw.daemon.viewed import viewed


@dataclass
class Here:
    """Judges drafts where it stands and not in a process of its own, and keeps what it was asked."""

    jobs: list[Any] = field(default_factory=list[Any])

    async def ask(self, job: bytes) -> dict[str, Json]:
        self.jobs.append(json.loads(job))
        return answered(job)


def views_of(daemon: Daemon) -> Views:
    """Return what answers them."""
    return daemon.desk._views or viewed(daemon)


def judged_here(daemon: Daemon) -> Here:
    """Have drafts judged where the test stands."""
    drafting, here = views_of(daemon).drafting, Here()
    drafting._on = replace(drafting._on, judging=here)
    return here
