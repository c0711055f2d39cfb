"""A yes that is said aloud: whose it is nobody knows, so it counts only where it does not matter whose it is.

It counts where the deciding rule names voice and asks for nobody in particular, for acts that can be taken back and let
nobody in, within some seconds, at the satellite where it was asked, while it is the one question there.  It is worth a
tap and gives nobody's rights: the plan is judged again as what the satellite itself may ask for.
"""

from collections.abc import Collection

from claw.base.action import Origin, Outcome, Pending, Terms
from claw.base.errors import Refused
from claw.gate.prior import prior
from claw.gate.rehearse import rehearse, stood
from claw.gate.risk import risky
from claw.gate.undo import reversal
from claw.house.model import House
from claw.policy.globs import channel_matcher, is_voice

SPOKEN_S = 15.0
"""A question is in the room for as long as people remember that it was asked; then a yes is a yes to something else."""

VOICE = "voice"

_ELSEWHERE = "answer it on a phone or a page"


def by_voice(origin: Origin) -> bool:
    """Return whether somebody speaks."""
    return is_voice(origin.channel)


def names_voice(terms: Terms, channel: str = VOICE) -> bool:
    """Return whether the rule names voice, or this very satellite, as what may answer; a bare ``*`` names nothing."""
    return channel_matcher([want for want in terms.channels if is_voice(want)])(channel)


def only_voice(terms: Terms) -> bool:
    """Return whether nothing but a voice may answer on these terms."""
    return bool(terms.channels) and all(map(is_voice, terms.channels))


def check_terms(terms: Terms, channel: str) -> None:
    """Raise Refused unless the rule behind ``terms`` takes a yes of nobody in particular, by voice, through this."""
    if not names_voice(terms, channel):
        raise Refused(f"this cannot be answered by voice; {_ELSEWHERE}")
    if terms.roles:
        raise Refused(f"only {' or '.join(terms.roles)} can answer this, and a voice is nobody; {_ELSEWHERE}")
    if terms.strength != "tap":
        raise Refused(f"a voice does not prove enough for this; {_ELSEWHERE}")


def check_aloud(pending: Pending, house: House) -> None:
    """Raise Refused, saying why, unless a yes to ``pending`` would count when it is said where it was asked.

    ``house`` is as it is now: what cannot be taken back from there is not done on a yes of nobody's.
    """
    check_terms(pending.terms, pending.origin.channel)
    _check_speaker(pending.origin)
    if pending.number or any(risky(action, house.registry) for action in pending.actions):
        raise Refused(f"a yes to something risky is never taken by voice; {_ELSEWHERE}")
    if pending.run:
        raise Refused(f"what a program asks is never answered by voice; {_ELSEWHERE}")
    if not _reversible(pending, house):
        raise Refused(f"a yes to what cannot be taken back is never taken by voice; {_ELSEWHERE}")


def check_spoken(pending: Pending, origin: Origin, waiting: Collection[Pending], asked_s: float) -> None:
    """Raise Refused unless ``origin`` is where ``pending`` was asked ``asked_s`` ago, and nothing else waits there.

    ``waiting`` are all questions that stand.
    """
    _check_speaker(origin)
    asker = pending.origin
    here = (origin.channel, origin.source, origin.place, origin.conversation)
    if here != (asker.channel, asker.source, asker.place, asker.conversation):
        raise Refused(f"this was not asked here; {_ELSEWHERE}")
    if not 0 <= asked_s <= SPOKEN_S:
        raise Refused(f"that was asked too long ago; {_ELSEWHERE}")
    if [one.id for one in waiting if one.origin.channel == origin.channel] != [pending.id]:
        raise Refused(f"more than one question waits here; {_ELSEWHERE}")


def _check_speaker(origin: Origin) -> None:
    """Raise Refused unless this is a known satellite in a known place, with nobody and nothing behind it."""
    if not by_voice(origin) or not origin.conversation or origin.asks_only:
        raise Refused(f"this was not asked aloud; {_ELSEWHERE}")
    if origin.place is None or not origin.channel.partition(":")[2]:
        raise Refused(f"nobody knows where this comes from; {_ELSEWHERE}")
    if origin.person or origin.authenticated or origin.strength:
        raise Refused(f"a voice is nobody; {_ELSEWHERE}")
    if origin.taint or origin.routine or origin.skill or origin.task:
        raise Refused(f"only what somebody just asked for is answered by voice; {_ELSEWHERE}")


def _reversible(pending: Pending, house: House) -> bool:
    """Return whether every act could be taken back afterwards by orders that let nobody in."""
    steps = list(rehearse(house, pending.actions, pending.created))
    done = [
        Outcome(
            step.action,
            "done",
            before=stood(step.before, step.action.entities),
            after=stood(step.after, step.action.entities),
            prior=prior(step.action, step.before.states),
        )
        for step in steps
    ]
    return bool(steps) and all(why.code == "same" for why in reversal(done, steps[-1].after).cannot)
