"""Keeping what people say, for those who asked for it: their own words, for themselves, for sixty days.

Nothing is kept of anybody who did not agree, of a voice that is not proven, of what a stranger's text had a part in, of
what is said about memory itself (whoever says "forget the ring" must not find that sentence afterwards), and of what
looks like a secret.  What Claw answers is never kept.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from claw.base.action import Origin
from claw.base.errors import Broken, Refused
from claw.memory.confidential import looks_secret
from claw.memory.episodes import Episodes
from claw.memory.model import Trust
from claw.memory.residents import Consent

logger = logging.getLogger(__name__)

KEPT = timedelta(days=60)

_TRUSTED: dict[str, Trust] = {"owner": "owner_told", "adult": "resident_told", "child": "resident_told"}
"""By role; who has none of these does not live here."""

_PROGRAMMED = frozenset({"routine", "system"})


class Listening:
    """Hears what was said and was not about memory; used from the event loop only."""

    def __init__(
        self,
        episodes: Episodes,
        consent: Callable[[str], Consent],
        role: Callable[[str], str | None],
        name: Callable[[str], str],
    ) -> None:
        """``consent``, ``role`` (at this moment) and ``name`` are told by a person's id."""
        self._episodes = episodes
        self._consent = consent
        self._role = role
        self._name = name

    def heard(self, text: str, origin: Origin) -> None:
        """Keep ``text`` where its speaker agreed to that; raises nothing: nobody's lamp waits for it."""
        person = origin.person
        if person is None or not origin.authenticated or origin.taint or origin.routine or origin.skill:
            return
        trust = _TRUSTED.get(self._role(person) or "")
        if trust is None or origin.channel in _PROGRAMMED or not self._consent(person).talks or looks_secret(text):
            return
        try:
            self._episodes.note(origin, text, trust, name=self._name(person), keep=KEPT)
        except Refused:
            return  # there were no words in it
        except Broken:
            logger.exception("What was said cannot be kept")
