"""Puts together what the page's views of policy, health and log are answered from; the last thing before listening."""

from typing import TYPE_CHECKING

from claw.channels.draft_process import DraftProcess
from claw.channels.drafting import Desktop, Drafting
from claw.channels.drafts import Drafts
from claw.channels.finding import Finding
from claw.channels.health import Caps, Health
from claw.channels.views import Views
from claw.llm.spent import spent

if TYPE_CHECKING:
    from claw.daemon.build import Daemon


def viewed(daemon: "Daemon") -> Views:
    """Have the desk answer those views from now on, and forget their drafts with the rest; return them."""
    clock, audit, mirror, db = daemon.clock, daemon.audit, daemon.mirror, daemon.memory.store.ground.db
    drafts = Drafts(db, clock)
    daemon.memory.forgets_in(drafts)
    judging = DraftProcess(clock, daemon.stopping.children)
    desktop = Desktop(drafts, judging, daemon.gate.questions.role)
    model = daemon.config.model
    priced = model is not None and (model.price_in is not None or model.price_out is not None)
    caps = Caps(model=True, tokens=model.tokens_per_day, money=model.money_per_day) if model is not None else Caps()
    views = Views(
        Drafting(daemon.desk.ruling, audit, desktop, clock),
        Health(audit, mirror, lambda today, days: spent(db, today, days, priced=priced), caps, clock),
        Finding(audit, mirror, clock),
    )
    daemon.desk.look(views)
    return views
