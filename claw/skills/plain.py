"""What a skill may do, in words that whoever is asked for a yes understands: every right, none left out.

The words come from the manifest alone, never from its prose: what a folder says of itself is no promise.  Names of
things and rooms are those of this house, in quotes and made harmless; what the house does not know stands by its id.
"""

from dataclasses import dataclass

from claw.house.model import Registry
from claw.house.text import plain, quoted
from claw.skills.manifest import Manifest
from claw.skills.plain_naming import Naming
from claw.skills.plain_words import LONGEST, doing, joined, seconds

MOST_SHORT = 3
"""Rights that one line tells; how many more there are stands behind them."""

_NOTHING: tuple[str, ...] = ()
_BY_ITSELF = "once an owner has accepted it, for that owner"
"""On whose word times and events start a skill (``claw/routines/of_skills.py``)."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A manifest in sentences.

    ``short`` is one line of its rights, the risky ones first; ``may`` has a sentence for each and ``risky`` whether it
    lets somebody in or switches a guard off; ``reads`` is what it looks at, ``asks`` before what it always asks,
    ``limits`` how much at most, ``takes`` what a run is given, ``when`` what else than words sets it off, ``before``
    and ``after`` what must be so, ``undo`` whether it can be taken back.
    """

    short: str
    may: tuple[str, ...]
    risky: tuple[bool, ...]
    reads: tuple[str, ...]
    asks: str
    limits: str
    takes: tuple[str, ...]
    when: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    undo: str


@dataclass(frozen=True, slots=True)
class Change:
    """How what ``after`` may do differs from what ``before`` might: what is new, and what is no more."""

    more: tuple[str, ...]
    less: tuple[str, ...]


def in_words(manifest: Manifest, registry: Registry) -> Plain:
    """Return ``manifest`` in sentences for a person, with the names of ``registry``."""
    words = Naming(manifest.parameters, registry)
    may = tuple(map(words.right, manifest.may))
    dangerous = tuple(words.dangerous(one) for one in manifest.may)
    first = [said for _, said in sorted(zip(dangerous, may, strict=True), key=lambda one: not one[0])]
    left = len(first) - MOST_SHORT
    told = "; ".join(first[:MOST_SHORT]) + (f"; and {left} more" if left > 0 else "")
    asks = _asks(manifest)
    asking = f"{asks[0].lower()}{asks[1:].rstrip('.')}" if manifest.confirm else "never asks by itself"
    calls = f"{manifest.limits.calls} {'call' if manifest.limits.calls == 1 else 'calls'} at most"
    return Plain(
        short=f"may {told}; {asking}; {calls}" if may else "may do nothing; only reads",
        may=may,
        risky=dangerous,
        reads=tuple(words.things(one) for one in manifest.reads),
        asks=asks,
        limits=_limits(manifest),
        takes=tuple(words.taken(name, one) for name, one in manifest.parameters.items()),
        when=_when(manifest, words),
        before=tuple(map(words.wish, manifest.before)),
        after=tuple(map(words.wish, manifest.after)),
        undo="What it does can be taken back."
        if manifest.undo == "restore"
        else f"What it does cannot be taken back: {quoted(manifest.undo, 200)}",
    )


def compared(before: Manifest, after: Manifest, registry: Registry) -> Change:
    """Return what ``after`` may do that ``before`` might not, and the other way; a right that changed is in both."""
    old, new = in_words(before, registry), in_words(after, registry)
    same = before.parameters == after.parameters

    def only(these: Manifest, said: Plain, others: Manifest, theirs: Plain) -> tuple[str, ...]:
        rights = [
            f"May {words}"
            for one, words in zip(these.may, said.may, strict=True)
            if one not in others.may or (not same and words not in theirs.may)
        ]
        return (*rights, *(line for line in _rest(said) if line not in _rest(theirs)))

    return Change(only(after, new, before, old), only(before, old, after, new))


def _rest(said: Plain) -> tuple[str, ...]:
    """Return all that is said besides the rights."""
    return (
        *(f"Looks at {one}" for one in said.reads),
        said.asks,
        said.limits,
        *(f"Takes {one}" for one in said.takes),
        *said.when,
        *(f"Only where {one}" for one in said.before),
        *(f"Afterwards {one}" for one in said.after),
        said.undo,
    )


def _asks(manifest: Manifest) -> str:
    if not manifest.confirm:
        return "Never asks by itself, where the house's rules do not."
    return f"Always asks before it would {joined([doing(one, 'something') for one in manifest.confirm], 'or')}."


def _limits(manifest: Manifest) -> str:
    limits = manifest.limits
    rest = f", {plain(limits.cooldown)} of rest between two" if limits.cooldown else ""
    times = "once an hour" if limits.per_hour == 1 else f"{limits.per_hour} runs an hour"
    calls = f"{limits.calls} {'call' if limits.calls == 1 else 'calls'}"
    return f"At most {calls} and {seconds(limits.seconds)} a run, {times}{rest}."


def _when(manifest: Manifest, words: Naming) -> tuple[str, ...]:
    triggers = manifest.triggers
    if triggers is None:
        return _NOTHING
    at = [f"Runs by itself {_cron(one)}, {_BY_ITSELF}" for one in triggers.schedule or ()]
    return (*at, *(f"Runs by itself when {words.event(one)}, {_BY_ITSELF}" for one in triggers.events or ()))


def _cron(line: str) -> str:
    fields = line.split()
    if len(fields) == 5 and fields[2:] == ["*"] * 3 and fields[0].isdecimal() and fields[1].isdecimal():  # noqa: PLR2004  of cron
        return f"every day at {int(fields[1]):02}:{int(fields[0]):02}"
    return f"at the times {quoted(line, LONGEST)}"
