"""The gate's sentences: what a person is asked, and what is told of an act whose end came later."""

from collections.abc import Sequence

from claw.base.action import Action, Outcome
from claw.house.model import House
from claw.mind.replies import message_text, question_text
from claw.mind.whereabouts import asked_words
from claw.routines.acts import CHANGE, SCHEDULE


class Wording:
    """The gate's sentences in the asker's language, else in the household's."""

    def __init__(self, language: str) -> None:
        self._language = language

    def question(self, actions: Sequence[Action], house: House, language: str | None) -> str:
        """Return the question about these actions."""
        return question_text([_shown(action, house) for action in actions], house, language or self._language)

    def late(self, outcome: Outcome, house: House, language: str | None) -> str:
        """Return what is told of an act once its outcome is known."""
        return asked_words(outcome) or message_text(outcome, house, language or self._language)


def _shown(action: Action, house: House) -> Action:
    """Return an action as it is put to a person: what is to happen later is laid open."""
    if action.name not in {SCHEDULE, CHANGE}:
        return action
    from claw.routines.asking import open_to_view  # noqa: PLC0415  a house without routines does not pay for it

    return open_to_view(action, house)
