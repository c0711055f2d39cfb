"""What the page's views of policy, health and log are answered from, together: they come after all the rest."""

from dataclasses import dataclass

from claw.channels.drafting import Drafting
from claw.channels.finding import Finding
from claw.channels.health import Health


@dataclass(frozen=True)
class Views:
    """One of each, for all channels."""

    drafting: Drafting
    health: Health
    finding: Finding
