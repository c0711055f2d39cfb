"""The tests of a policy file, one result each: what a person reads before the file counts.

Coming into force needs the first failure only; somebody who is writing the file wants all of them, and wants to know
which rules no test ever reaches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from claw.base.documents import Document, parse_marked
from claw.house.model import Registry
from claw.policy.cases import Test
from claw.policy.decide import Policy
from claw.policy.load import HouseNames, failure, run_test
from claw.policy.rules import PolicyFile


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one test; ``found`` is empty where it passed."""

    name: str
    line: int
    expected: str
    found: str = ""

    @property
    def passed(self) -> bool:
        """Whether the policy says what the test says."""
        return not self.found


def read_tests(text: str, name: str) -> Document[PolicyFile]:
    """Return the policy file in ``text``, with its lines; raises Invalid as for any policy file."""
    return parse_marked(text, name, PolicyFile)


def results(document: Document[PolicyFile], policy: Policy, registry: Registry) -> list[Result]:
    """Return what comes of every test of ``document`` under ``policy`` in this house, in the order of the file."""
    names = HouseNames(registry)
    return [
        _result(test, document.line("tests", at), policy, registry, names)
        for at, test in enumerate(document.value.tests)
    ]


def _result(test: Test, line: int, policy: Policy, registry: Registry, names: HouseNames) -> Result:
    expected = test.expect + (f" by {test.rule}" if test.rule else "")
    for problem, _ in names.unknown_in_test(test):
        return Result(title(test), line, expected, problem)
    return Result(title(test), line, expected, failure(test, policy, registry))


def title(test: Test) -> str:
    """Return the name of a test, or one made from what it asks."""
    if test.never:
        return test.name or f"never {test.never}"
    return test.name or f"{test.action} on {', '.join(test.entities) or 'nothing'}"


def untested(tests: Iterable[Test], policy: Policy, registry: Registry) -> list[str]:
    """Return the ids of the rules that decide no test, in the order of the file.

    Those that count what was done before are left out: a test is asked of a house in which nothing was done yet.
    """
    names = HouseNames(registry)
    runnable: Sequence[Test] = [test for test in tests if test.action and not any(names.unknown_in_test(test))]
    hit = {run_test(test, policy, registry).rule for test in runnable}
    return [rule.id for rule in policy.rules if rule.id not in hit and not (rule.at_most or rule.more_than)]
