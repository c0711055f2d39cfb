"""The last exchanges of a talk, as a model may read them: what the person said and what was then done, by id.

What Claw answered is not in here: an answer holds names and states, which are text from devices.  What was done is
told in Claw's own terms: the action, the ids, what came of it.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from claw.base.action import Outcome
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.gate.plan import without_codes
from claw.house.text import plain, quoted

REMEMBERED_S = 600.0
MOST_TALKS = 200
MOST_EXCHANGES = 5
LONGEST = 200
MOST_ACTS = 6


@dataclass(frozen=True, slots=True)
class _Exchange:
    at: float
    said: str
    did: str


class Recent:
    """What was said and done lately, by conversation; one without a name is nobody's and is not remembered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._talks: OrderedDict[str, deque[_Exchange]] = OrderedDict()

    def remember(self, conversation: str, said: str, outcomes: Sequence[Outcome] = (), note: str = "") -> None:
        """Take an exchange: the person's words, and what came of them; ``note`` is Claw's own word on it."""
        if not conversation:
            return
        talk = self._talks.setdefault(conversation, deque(maxlen=MOST_EXCHANGES))
        self._talks.move_to_end(conversation)
        did = "; ".join(_did(outcome) for outcome in outcomes[:MOST_ACTS])
        if len(outcomes) > MOST_ACTS:
            did += f"; and {len(outcomes) - MOST_ACTS} more"
        talk.append(_Exchange(self._clock.monotonic(), _words(said), did or plain(note, LONGEST)))
        while len(self._talks) > MOST_TALKS:
            self._talks.popitem(last=False)

    def lines(self, conversation: str) -> list[str]:
        """Return what a model may read of this talk, oldest first, a line each; nothing that is ten minutes old."""
        now = self._clock.monotonic()
        talk = [one for one in self._talks.get(conversation, ()) if now - one.at <= REMEMBERED_S]
        return [f"said {quoted(one.said, LONGEST)}" + (f" -> {one.did}" if one.did else "") for one in talk]

    def forget(self, conversation: str) -> None:
        """Let a talk go."""
        self._talks.pop(conversation, None)

    def erase(self, erasure: Erasure) -> int:
        """Let go of the talks and exchanges that are to be forgotten; return how many exchanges went."""
        gone = 0
        for conversation, talk in list(self._talks.items()):
            whole = erasure.means(conversation=conversation)
            kept = [one for one in talk if not (whole or erasure.means(f"{one.said}\n{one.did}"))]
            gone += len(talk) - len(kept)
            if kept:
                self._talks[conversation] = deque(kept, maxlen=MOST_EXCHANGES)
            else:
                del self._talks[conversation]
        return gone


def _words(said: str) -> str:
    return without_codes(plain(said, LONGEST))


def _did(outcome: Outcome) -> str:
    return plain(f"{outcome.action.name} {' '.join(outcome.action.entities[:5])}: {outcome.status}", LONGEST)
