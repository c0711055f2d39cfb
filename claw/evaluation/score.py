"""What was seen, held against what was expected: solved or not, and if not, why, in words.

Two questions are asked apart.  Was everything there that should be?  And was anything done that the case does not
allow: a state that changed besides, a call that was forbidden or that nobody asked for?  The second is a wrong action,
which is worse than nothing done.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from claw.base.action import Json, Path, Reply
from claw.evaluation.cases import Called, Case, Unreadable, Wish
from claw.evaluation.likeness import PERCENT_OF, alike, number, says
from claw.evaluation.trial import Act, Seen
from claw.house.model import House, State
from claw.policy.globs import matcher

_PATHS: tuple[Path, ...] = ("program", "skill", "intent")
_STAMPED = ("scene", "script", "button", "input_button", "event")
"""Domains whose state or attributes only say when they were last set off."""

_VOLATILE = frozenset(
    {"entity_id", "finishes_at", "friendly_name", "last_changed", "last_triggered", "last_updated", "media_position"}
    | {"media_position_updated_at", "remaining"}
)
_SILENT = ("button", "input_button", "notify", "script", "tts")
"""Domains whose acts are not to be seen in the states they are sent to."""

_MOST_WHY = 6


@dataclass(frozen=True)
class Verdict:
    """What came of one case.

    ``why`` is empty where it is solved; ``not_scored`` are the fields of the case that nothing here can judge yet.
    ``path`` is how it was understood, ``replies`` what was said.
    """

    id: str
    category: tuple[str, ...]
    solved: bool
    wrong_action: bool
    path: Path
    why: str
    not_scored: tuple[str, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    replies: tuple[str, ...] = ()


def failed(case: Case | Unreadable, why: str) -> Verdict:
    """Return the verdict on a case that could not be lived through."""
    not_scored = case.not_scored if isinstance(case, Case) else ()
    return Verdict(
        case.id, case.category, solved=False, wrong_action=False, path="none", why=why, not_scored=not_scored
    )


def score(case: Case, seen: Seen) -> Verdict:
    """Return the verdict on what was seen of a case."""
    wrong = [*_moved_besides(case, seen), *_wrong_calls(case, seen)]
    missing = [*_missing_states(case, seen.after), *_missing_calls(case, seen), *_unasked(case, seen)]
    missing += _wrong_words(case, seen)
    problems = [*missing, *(one for one in wrong if one not in missing)]
    more = len(problems) - _MOST_WHY
    why = "; ".join([*problems[:_MOST_WHY], *([f"and {more} more"] if more > 0 else [])])
    return Verdict(
        case.id,
        case.category,
        solved=not problems,
        wrong_action=bool(wrong),
        path=_path(seen.replies),
        why=why,
        not_scored=case.not_scored,
        tokens_in=sum(reply.tokens_in for reply in seen.replies),
        tokens_out=sum(reply.tokens_out for reply in seen.replies),
        replies=tuple(reply.text for reply in seen.replies),
    )


def _missing_states(case: Case, after: House) -> Iterator[str]:
    for entity_id, wish in case.expect.changes.items():
        state = after.states.get(entity_id)
        if state is None:
            yield f"{entity_id} is not in the house"
            continue
        if wish.state is not None and not alike(wish.state, state.value):
            yield f"{entity_id} is {state.value}, expected {wish.state}"
        for name, wanted in wish.attributes.items():
            key, found = _attribute(state, name)
            if name not in case.expect.ignore and not alike(_scaled(name, wanted), found, key):
                yield f"{entity_id} has {key} {found}, expected {_scaled(name, wanted)}"


def _attribute(state: State, name: str) -> tuple[str, Json]:
    """Return an attribute under the name that a state has it by."""
    key = PERCENT_OF[name][0] if name in PERCENT_OF and name not in state.attributes else name
    return key, state.attributes.get(key)


def _scaled(name: str, wanted: Json) -> Json:
    value = number(wanted)
    return value * PERCENT_OF[name][1] if name in PERCENT_OF and value is not None else wanted


def _moved_besides(case: Case, seen: Seen) -> Iterator[str]:
    """Give every state that changed and should not have."""
    expected = _expected(case, seen.before)
    ignored = _ignored(case)
    before, after = seen.before.states, seen.after.states
    for entity_id in sorted(before.keys() | after.keys()):
        if entity_id in expected or ignored(entity_id):
            continue
        change = _change(entity_id, before.get(entity_id), after.get(entity_id), case.expect.ignore)
        if change:
            yield change
    for entity_id, wish in case.expect.changes.items():
        yield from _overshot(entity_id, wish, seen)


def _overshot(entity_id: str, wish: Wish, seen: Seen) -> Iterator[str]:
    """Give an expected entity that moved, and not to where it should."""
    old, new = seen.before.states.get(entity_id), seen.after.states.get(entity_id)
    if old is None or new is None or wish.state is None:
        return
    if old.value != new.value and not alike(wish.state, new.value):
        yield f"{entity_id} is {new.value}, expected {wish.state}"


def _expected(case: Case, house: House) -> frozenset[str]:
    """Return the entities that may change: those named, the members of groups named, and groups of what is named."""
    named = set(case.expect.changes)
    groups = {group: set(members) for group, members in house.registry.groups.items()}
    found = set(named)
    for group, members in groups.items():
        if group in named:
            found |= members
    for group, members in groups.items():
        if members & found:
            found.add(group)
    return frozenset(found)


def _ignored(case: Case) -> "_Ignored":
    return _Ignored(frozenset(one for one in case.expect.ignore if "." in one or one == "*"))


@dataclass(frozen=True)
class _Ignored:
    """Whether an entity may do as it likes."""

    globs: frozenset[str]

    def __call__(self, entity_id: str) -> bool:
        return bool(self.globs) and matcher(sorted(self.globs))(entity_id)


def _change(entity_id: str, old: State | None, new: State | None, ignore: Collection[str]) -> str:
    """Return how an entity changed, empty where it did not, or only in when it was last set off."""
    if old is None or new is None:
        return "" if old is new else f"{entity_id} {'came' if old is None else 'is gone'}"
    if entity_id.partition(".")[0] in _STAMPED:
        return ""
    if old.value != new.value:
        return f"{entity_id} went from {old.value} to {new.value}"
    names = (old.attributes.keys() | new.attributes.keys()) - _VOLATILE - set(ignore)
    for name in sorted(names):
        if not alike(old.attributes.get(name), new.attributes.get(name), name):
            return f"{entity_id} has {name} {new.attributes.get(name)}, it had {old.attributes.get(name)}"
    return ""


def _missing_calls(case: Case, seen: Seen) -> Iterator[str]:
    for wanted in case.expect.calls_required:
        if not _was_called(wanted, seen.acts, seen.before):
            on = f" on {', '.join(wanted.entity_id)}" if wanted.entity_id else ""
            yield f"{wanted.service}{on} was not called"


def _was_called(wanted: Called, acts: Collection[Act], house: House) -> bool:
    """Return whether a call was made: on each of its entities, be it in one act or in several."""
    fitting = [act for act in acts if _fits(wanted, act)]
    if not wanted.entity_id:
        return bool(fitting)
    reached = {entity for act in fitting for entity in act.entities}
    return all(_reached(entity, reached, house) for entity in wanted.entity_id)


def _reached(entity_id: str, reached: Collection[str], house: House) -> bool:
    members = house.registry.groups.get(entity_id, ())
    return any(map(matcher((entity_id,)), reached)) or (bool(members) and set(members) <= set(reached))


def _fits(wanted: Called, act: Act) -> bool:
    data: Mapping[str, Json] = act.data
    return matcher((wanted.service,))(act.name) and all(
        name in data and alike(value, data[name], name) for name, value in wanted.data.items()
    )


def _wrong_calls(case: Case, seen: Seen) -> Iterator[str]:
    """Give the calls that the case forbids, and those that nobody asked for and no state would show."""
    required = case.expect.calls_required
    for act in seen.acts:
        on = f" on {', '.join(act.entities)}" if act.entities else ""
        if any(_is_forbidden(one, act, seen.before) for one in case.expect.calls_forbidden):
            yield f"{act.name}{on} was called, which is forbidden"
        elif _unwanted(case, act) and not any(_fits(one, act) for one in required):
            yield f"{act.name}{on} was called, which nothing asked for"


def _is_forbidden(forbidden: Called, act: Act, house: House) -> bool:
    if not _fits(forbidden, act):
        return False
    targets = {one for entity in forbidden.entity_id for one in (entity, *house.registry.groups.get(entity, ()))}
    return not targets or any(map(matcher(sorted(targets)), act.entities))


def _unwanted(case: Case, act: Act) -> bool:
    """Return whether an act is one that the case does not allow although no state tells of it."""
    domain = act.name.partition(".")[0]
    if domain in {"claw", "logbook"} or act.status in {"unchanged", "failed"}:
        return False
    ignored, expect = _ignored(case), case.expect
    if act.entities and all(ignored(entity) or entity in expect.changes for entity in act.entities):
        return False
    return expect.kind != "change" or (domain in _SILENT and domain != "script")


def _unasked(case: Case, seen: Seen) -> Iterator[str]:
    if not case.expect.asks:
        return
    if not seen.asked:
        yield "nobody was asked for a yes"
    elif seen.too_early:
        yield f"{', '.join(seen.too_early)} moved before anybody was asked"


def _wrong_words(case: Case, seen: Seen) -> Iterator[str]:
    expect = case.expect
    said = "\n".join([*(reply.text for reply in seen.replies), *seen.messages])
    if expect.answer_any and not any(says(said, words) for words in expect.answer_any):
        yield f"the answer has none of {', '.join(map(repr, expect.answer_any))}: {_short(said)}"
    for words in expect.answer_none:
        if says(said, words):
            yield f"the answer says {words!r}: {_short(said)}"
    if expect.kind == "answer" and not expect.answer_any:
        last = seen.replies[-1].status if seen.replies else "failed"
        if last in {"unclear", "failed", "refused", "stopped"}:
            yield f"there was no answer: {_short(said)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 160 else line[:159] + "…")  # noqa: PLR2004  a line of a terminal


def _path(replies: Collection[Reply]) -> Path:
    """Return the longest way that any part of it went."""
    ways = {reply.path for reply in replies}
    for path in _PATHS:
        if path in ways:
            return path
    return "none"
