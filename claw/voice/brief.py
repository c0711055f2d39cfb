"""How much of an answer is said aloud: a lamp that goes on in front of one's eyes needs no sentence.

Quiet competence: what was seen to work, in the same room, where everybody sees it, is acknowledged by a sound or one
word, at night by the sound alone.  Whatever else there is to say is said, in two sentences at most: what happened
elsewhere or cannot be seen, what failed, answers, and questions with where they are answered.  Nothing is added to what
the turn allowed to be said, except that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from claw.base.action import Message, Origin, Outcome, Pending, Reply
from claw.gate.confirm import Questions
from claw.gate.follow import address
from claw.house.model import House
from claw.mind.replies import message_text, outcome_text, reply_text
from claw.voice.model import Cue, Satellite
from claw.voice.speech_text import Clean, spoken

VISIBLE = frozenset({"light", "fan", "switch", "media_player", "cover", "scene"})
"""Domains whose things can be seen, or heard, to do what they were told by whoever is in the room."""

GUARDING = frozenset({"garage", "gate", "door", "window", None})
"""Classes of covers that are told about in a sentence, whoever sees them: they let somebody in."""


@dataclass(frozen=True, slots=True)
class Said:
    """What comes of an answer for a loudspeaker: words, and the cue that says the same without them.

    Whoever can sound a cue sounds ``done`` instead of the words; any other cue goes before them.
    """

    text: str
    cue: Cue = "none"


class Brief:
    """Makes answers short enough to be heard; one for the daemon."""

    def __init__(
        self,
        house: Callable[[], House],
        clean: Clean,
        night: Callable[[], bool],
        questions: Questions,
    ) -> None:
        """``clean`` makes text harmless; ``night``: the quiet hours."""
        self._house = house
        self._clean = clean
        self._night = night
        self._questions = questions

    def of(self, reply: Reply, satellite: Satellite, *, told: bool = False) -> Said:
        """Return what ``satellite`` says for ``reply``; ``told``: in words, however plain to see it is."""
        if reply.status == "pending":
            return Said(self._question(reply))
        if reply.text == reply_text("help", reply.language):
            # Not that "stop" stops everything: that is so where it is typed.
            return Said(spoken(reply.text, self._clean, most=1))
        if reply.status in {"done", "started"} and not told and self._seen(reply, satellite):
            return Said("" if self._night() else reply_text("spoken_done", reply.language), "done")
        return Said(self.words(reply.text), _CUES.get(reply.status, "none"))

    def aloud(self, asked: Pending) -> Pending | None:
        """Return the question as it stands where a yes to it counts when it is said, None where it does not."""
        stands = self._questions.standing.get(asked.id)
        return stands if stands is not None and self._questions.takes_voice(stands) else None

    def seen(self, outcomes: Sequence[Outcome], satellite: Satellite) -> bool:
        """Return whether all of ``outcomes`` are successes that whoever is at ``satellite`` can see."""
        place, house = satellite.place, self._house()
        return bool(outcomes) and place is not None and all(_plain_to_see(one, place, house) for one in outcomes)

    def message(self, outcome: Outcome, origin: Origin) -> Message:
        """Return what is told about an act that ended after its reply (``claw/gate/follow.py``)."""
        return Message(address(origin), message_text(outcome, self._house(), origin.language), "late")

    def done(self, outcomes: Sequence[Outcome], language: str) -> str:
        """Return what was done, as it may be said; empty where nothing was."""
        return self.words(outcome_text(outcomes, self._house(), language)) if outcomes else ""

    def words(self, text: str) -> str:
        """Return ``text`` as it may be said: two sentences at most, harmless to every microphone in the room."""
        return spoken(text, self._clean)

    def _question(self, reply: Reply) -> str:
        """Return the question and where it is answered; where it is answered here, the question alone."""
        if not reply.pending:
            return self.words(reply.text)
        asked, language = reply.pending[-1], reply.language
        question = spoken(" ".join(asked.question.split()), self._clean, most=1)
        if self.aloud(asked) is not None:
            return question
        # The number to be picked elsewhere leaves through the room in which it was asked, and nowhere else.
        stands = self._questions.standing.get(asked.id)
        where = reply_text("spoken_confirm", language, number=stands.number if stands is not None else "")
        return f"{question} {where}".strip()

    def _seen(self, reply: Reply, satellite: Satellite) -> bool:
        """Return whether all there is to say can be seen where it was asked for."""
        # What was added to what came of it (an offer, what was liked before) is not seen by anybody.
        return self.seen(reply.outcomes, satellite) and reply.text == outcome_text(
            reply.outcomes, self._house(), reply.language
        )


def _plain_to_see(outcome: Outcome, place: str, house: House) -> bool:
    statuses = set(outcome.entities.values()) or {outcome.status}
    if outcome.status not in {"done", "started"} or not outcome.action.entities:
        return False
    if not statuses <= {"done", "started", "unchanged"}:
        return False
    for entity_id in outcome.action.entities:
        entity = house.registry.entities.get(entity_id)
        if entity is None or entity.domain not in VISIBLE or entity.area != place:
            return False
        if entity.domain == "cover" and entity.device_class in GUARDING:
            return False
    return True


_CUES: dict[str, Cue] = {"failed": "failed", "refused": "failed", "partial": "failed", "stopped": "stopped"}
