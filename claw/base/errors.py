"""One tree of errors, whose type states the consequence.

A caller never needs to read a message to know what to do next: ``Refused`` is final, ``Unavailable`` may be tried
again later, ``Broken`` needs a person.  Anything outside this tree is a bug.
"""


class ClawError(Exception):
    """The root; catch it only where a request ends."""


class Refused(ClawError):
    """Not allowed or not valid: say why, do not retry."""


class Unavailable(ClawError):
    """Cannot be done now: the house or a peer does not answer; try again later."""


class UnknownOutcome(Unavailable):
    """The connection was lost while acting: settle by reading the state, never by repeating the act."""


class Broken(ClawError):
    """Something of ours is damaged or wrongly configured: stop and tell a person."""


class Invalid(Broken):
    """A file that a person wrote is wrong; names file, line and what was expected."""

    def __init__(self, path: str, line: int | None, problem: str) -> None:
        self.path = path
        self.line = line
        self.problem = problem
        where = path if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {problem}")
