"""A sentence that is a phrase of a skill becomes a run of it, and its outcome the answer: no model, no tokens."""

from claw.base.action import Origin, Pending, Reply
from claw.gate.run import Run


class Skilled:
    """Answers what skills are for; one for all conversations."""

    async def answer(self, text: str, origin: Origin, language: str) -> Reply | None:
        """Return the reply where ``text`` is a phrase of a skill that may run here and now, None where it is not.

        What came close is kept for whoever asks a model next (``context``).
        """
        raise NotImplementedError

    def context(self, text: str, origin: Origin, language: str) -> tuple[str, ...]:
        """Return the lines that a model reads about skills: which there are, and the program of the nearest one."""
        raise NotImplementedError

    async def resumed(self, pending: Pending, run: Run, language: str) -> Reply:
        """Return the reply to a yes: the skill that asked for it goes on."""
        raise NotImplementedError

    def rejected(self, pending: Pending) -> None:
        """Let go of the run that asked, which was told no."""
        raise NotImplementedError
