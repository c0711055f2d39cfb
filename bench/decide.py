"""Decisions per second, first sight of a pair and reload, beside a literal reading of the same rules.

    python bench/decide.py [--json]

Times are processor time, as others may share the machine.  Promised: at least 400,000 decisions
a second at 100 rules and 250,000 at 10,000 of which 90 % name one entity; first sight of a pair in at most 0.3 ms;
1,000 rules reloaded in at most 0.3 s.
"""

import statistics
import time
from random import Random

import yaml
from measure import Figure, report

from claw.house.model import House
from claw.policy.compiled import compile_rule
from claw.policy.decide import Policy
from claw.policy.load import parse_policy
from claw.policy.rules import Rule
from tests.unit.policy.random_policies import AREAS, PEOPLE, SERVICES, random_house, random_request, random_rule
from tests.unit.policy.reference import judge, same

ROUNDS = 7
REQUESTS = 2_000


def home(random: Random) -> House:
    rooms = {f"room_{number}": random.choice(["ground", "upper", None]) for number in range(40)}
    return random_house(random, per_domain=500, rooms={**AREAS, **rooms})


def home_rule(random: Random, number: int, house: House, named: float) -> Rule:
    """As people write them: most say where, few speak about every domain, and none denies a whole house at once."""
    while True:
        rule = random_rule(random, number, house, named, wide=random.random() < 0.05)
        if rule.on is None and random.random() < 0.95:
            written = rule.model_dump(by_alias=True, exclude_defaults=True)
            rule = Rule.model_validate({**written, "on": {"area": random.choice(list(house.registry.areas))}})
        if not (rule.deny and rule.on is None and compile_rule(rule).holds is None):
            return rule


def measure(count: int, named: float) -> dict[str, float]:
    random = Random(count)
    house = home(random)
    rules = [home_rule(random, number, house, named) for number in range(count)]
    requests = [random_request(random, house) for _ in range(REQUESTS)]
    policy = Policy(rules, PEOPLE)
    first, seen = [], set()
    for action, origin, now in requests:
        pairs = {(action.name, entity) for entity in action.entities or ("",)} - seen
        start = time.process_time()
        policy.decide(house, action, origin, now)
        if pairs:
            first.append((time.process_time() - start) / len(pairs))
        seen |= pairs
    rates = []
    for _ in range(ROUNDS):
        decide = policy.decide
        start = time.process_time()
        for action, origin, now in requests:
            decide(house, action, origin, now)
        rates.append(REQUESTS / (time.process_time() - start))
    sample = requests[: max(20, 20_000 // count)]
    start = time.process_time()
    expected = [judge(rules, PEOPLE, house, *request) for request in sample]
    literal = len(sample) / (time.process_time() - start)
    agree = sum(same(policy.decide(house, *one), want) for one, want in zip(sample, expected, strict=True))
    assert agree == len(sample), f"{len(sample) - agree} of {len(sample)} decisions differ from the literal reading"
    first.sort()
    return {
        "decisions_per_s": round(statistics.median(rates)),
        "first_sight_ms_p50": round(first[len(first) // 2] * 1000, 4),
        "first_sight_ms_p99": round(first[int(len(first) * 0.99)] * 1000, 4),
        "literal_per_s": round(literal),
        "compared": len(sample),
    }


def reload_s(count: int) -> float:
    random = Random(1)
    house = home(random)
    rows = [
        rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for rule in (home_rule(random, number, house, 0.5) for number in range(count))
    ]
    text = yaml.safe_dump({"version": 1, "rules": rows}, allow_unicode=True, sort_keys=False)
    actions = [f"{domain}.{service}" for domain, known in SERVICES.items() for service in [*known, "t"]]
    times = []
    for _ in range(5):
        start = time.process_time()
        parse_policy(text, "policy.yaml", PEOPLE, house.registry, actions)
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    figures: list[Figure] = []
    for count, named, least in ((100, 0.3, 400_000), (1_000, 0.6, None), (10_000, 0.9, 250_000)):
        found = measure(count, named)
        figures += [
            Figure(f"{count:,} rules: decisions", found["decisions_per_s"], "/s", least=least),
            Figure(f"{count:,} rules: decisions by a literal reading", found["literal_per_s"], "/s"),
            Figure(f"{count:,} rules: decisions compared with it, all the same", found["compared"], ""),
            Figure(f"{count:,} rules: first sight of a pair, p50", found["first_sight_ms_p50"], "ms", most=0.3),
            Figure(f"{count:,} rules: first sight of a pair, p99", found["first_sight_ms_p99"], "ms"),
        ]
    figures.append(Figure("1,000 rules: read again", reload_s(1_000), "s", most=0.3))
    report(figures, "processor time; 500 entities of each domain")


if __name__ == "__main__":
    main()
