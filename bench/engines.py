"""Decisions per second side by side with two policy engines of other people, in one run: cedarpy and pycasbin.

    python bench/engines.py [--json]

The rules say who (role, channel) may do what (action globs) on what (entity ids and globs, areas): the part that all
three can say.  Cedar gets its policies and entities parsed beforehand, casbin a matcher with the same globs compiled
once.  All three are asked the same question (may this be done unasked?) and must answer alike.  Times are processor
time, medians of interleaved rounds.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from random import Random

import casbin
from decide import home, home_rule
from measure import Figure, report

from claw.base.action import Action, Origin
from claw.house.model import House, Registry
from claw.policy.decide import Policy
from claw.policy.globs import channel_matcher, matcher
from claw.policy.rules import Rule
from tests.oracles.cedar import Translated
from tests.unit.policy.random_policies import PEOPLE, random_request

ROUNDS = 5
SIZES = {100: (2_000, 200, 200), 1_000: (2_000, 100, 60), 10_000: (2_000, 10, 8)}
"""Rules → requests asked of Claw, of Cedar and of casbin in each round: each gets about as long."""

MODEL = """
[request_definition]
r = name, entity, area, role, channel

[policy_definition]
p = names, entities, areas, roles, channels, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = fits(r.name, p.names) && fits(r.entity, p.entities) && fits(r.area, p.areas) && fits(r.role, p.roles) && \
heard(r.channel, p.channels)
"""

Request = tuple[Action, Origin, datetime]


def common(rule: Rule) -> Rule:
    """The part of a rule that all three engines can say."""
    written = rule.model_dump(by_alias=True, exclude_defaults=True)
    on = {key: value for key, value in written.get("on", {}).items() if key in {"entity", "area"}}
    who = {key: value for key, value in written.get("who", {}).items() if key in {"role", "channel"}}
    kept = {key: written[key] for key in ("id", "allow", "confirm", "deny") if key in written}
    return Rule.model_validate({**kept, **({"on": on} if on else {}), **({"who": who} if who else {})})


@lru_cache(None)
def _matches(globs: str, *, kind: bool) -> Callable[[str], bool]:
    return (channel_matcher if kind else matcher)(globs.split("|"))


def fits(value: str, globs: str) -> bool:
    return globs == "*" or (value != "" and _matches(globs, kind=False)(value))


def heard(value: str, globs: str) -> bool:
    return globs == "*" or _matches(globs, kind=True)(value)


def by_casbin(rules: Sequence[Rule], registry: Registry) -> Callable[[Request], bool]:
    model = casbin.Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_function("fits", fits)
    enforcer.add_function("heard", heard)
    enforcer.add_policies([_row(rule) for rule in rules])

    def asked(request: Request) -> bool:
        action, origin, _ = request
        entity = registry.entities[action.entities[0]]
        role = PEOPLE.role(origin.person) if origin.authenticated else None
        return bool(enforcer.enforce(action.name, entity.entity_id, entity.area or "", role or "", origin.channel))

    return asked


def _row(rule: Rule) -> list[str]:
    on, who = rule.on, rule.who
    columns = (
        rule.actions,
        on.entity if on else (),
        on.area if on else (),
        who.role if who else (),
        who.channel if who else (),
    )
    return ["|".join(column) or "*" for column in columns] + ["allow" if rule.allow else "deny"]


def by_cedar(rules: Sequence[Rule], registry: Registry) -> Callable[[Request], bool]:
    translated = Translated(rules, PEOPLE, registry)
    return lambda request: translated.may(translated.request(request[0], request[0].entities[0], request[1]))


def by_claw(rules: Sequence[Rule], house: House) -> Callable[[Request], bool]:
    decide = Policy(rules, PEOPLE).decide
    return lambda request: decide(house, *request).effect == "allow"


def rate(ask: Callable[[Request], bool], requests: Sequence[Request]) -> float:
    start = time.process_time()
    for request in requests:
        ask(request)
    return len(requests) / (time.process_time() - start)


def measure(count: int, named: float) -> list[Figure]:
    random = Random(count)
    house = home(random)
    rules = [common(home_rule(random, number, house, named)) for number in range(count)]
    requests = [one for one in (random_request(random, house) for _ in range(4_000)) if plain(one[0])]
    engines = {
        "Claw": by_claw(rules, house),
        "cedarpy": by_cedar(rules, house.registry),
        "pycasbin": by_casbin(rules, house.registry),
    }
    sample = requests[: 2_000 // (count // 100)]
    answers = {name: [ask(one) for one in sample] for name, ask in engines.items()}
    assert len(set(map(tuple, answers.values()))) == 1, "the engines do not answer alike"
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for (name, ask), many in zip(engines.items(), SIZES[count], strict=True):
            rates[name].append(rate(ask, requests[:many]))
    return [
        Figure(f"{count:,} rules: decisions by {name}", round(statistics.median(found), 1), "/s")
        for name, found in rates.items()
    ] + [Figure(f"{count:,} rules: answers compared, all alike", len(sample), "")]


def plain(action: Action) -> bool:
    """One entity, and nothing that Claw decides by lists of its own."""
    return len(action.entities) == 1 and action.domain not in {"scene", "shell_command", "mqtt", "claw"}


def main() -> None:
    figures: list[Figure] = []
    for count, named in ((100, 0.3), (1_000, 0.6), (10_000, 0.9)):
        figures += measure(count, named)
    report(figures, "processor time; static rules without terms, times or bounds; one entity a request")


if __name__ == "__main__":
    main()
