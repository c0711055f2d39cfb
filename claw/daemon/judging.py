"""Who judges what may be done: the household's people, its policy file, and the mirror of the house they speak of."""

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.clock import SystemClock
from claw.base.config import Config
from claw.base.documents import read_text
from claw.daemon.declared import own_of, people_of, risky_of, services_of
from claw.daemon.reloading import Reloading, Source
from claw.gate.judge import Judge
from claw.house.identity import Identities
from claw.house.mirror import Mirror
from claw.house.model import House, Registry
from claw.house.services import CATALOGUE
from claw.policy.admitted import Admitted
from claw.policy.decide import Policy
from claw.policy.household import Household
from claw.policy.load import parse_policy
from claw.policy.people import People


def judging(
    config: Config, db: Database, known: House | None, audit: AuditLog, clock: SystemClock
) -> tuple[People, Mirror, Judge, Reloading]:
    """Return who lives in the house, its mirror, the judge of what may be done in it, and what changes his rules."""
    admitted = Admitted(db, tuple(people_of(config, known)))
    people = People(admitted.people())
    services = services_of(config)
    actions = frozenset({*CATALOGUE, *services})
    text = read_text(config.policy)
    identities = Identities(db, text)
    mirror = Mirror(clock, identities.follow)

    def policy_for(written: str, registry: Registry | None) -> Policy:
        return parse_policy(written, str(config.policy), people, registry, actions)

    policy = policy_for(text, identities.marked(known.registry) if known else None)
    judge = Judge(mirror, policy, clock, services, risky_of(config), own=own_of(config))
    audit.versions = judge.versions
    source = Source(config.policy, policy_for, actions)
    reloading = Reloading(source, text, judge, mirror, audit, db, clock)
    reloading.household = Household(admitted, people, reloading, clock)
    mirror.on_registry(reloading.registered)
    return people, mirror, judge, reloading
