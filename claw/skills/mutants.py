"""Programs with something wrong in what they call: for each of them a test of the skill must fail.

A test that passes whatever a skill calls shows nothing.  So each call is left out, sent twice, swapped with the next
one, given another service, other data, another thing; none of these is waved through as meaning the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from claw.house.model import House


@dataclass(frozen=True, slots=True)
class Mutant:
    """One program with one thing wrong: what, on which line, and its text."""

    name: str
    line: int
    source: str


def mutants(source: str, house: House) -> Iterator[Mutant]:
    """Give every mutant of a program, in the order of its lines; none for what is no Python."""
    raise NotImplementedError
