"""One case, lived through: a whole daemon in a house of its own, everything said and answered, and what was seen.

It is the daemon that people run, put together by the same hand, only that nothing listens, the clock shows the case's
time and the devices move at once.  What happened is read off the house and the audit log, not asked of the daemon.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from claw.base.action import Json, Origin, Pending, Reply
from claw.base.clock import ShownClock
from claw.base.config import AuditConfig, Config, HouseConfig, ModelConfig, SourceConfig
from claw.base.errors import Refused
from claw.daemon.build import Daemon, build
from claw.daemon.staging import Staging
from claw.evaluation.cases import Case, Homes, Text
from claw.evaluation.homes import Home, area_of, home_of, slug
from claw.evaluation.languages import spoken_in
from claw.evaluation.permissions import asked_about, policy_for
from claw.gate.answering import Choice
from claw.gate.messages import NOTIFY
from claw.house.model import House, State
from claw.policy.risky import risky_actions

CONVERSATION = "evaluation"
MOST_ANSWERS = 6
"""Questions that one sentence may raise before nobody answers them any more."""

MOST_ENTRIES = 10_000
READY_S = 10.0
_NAME = re.compile(r"[\w'&+/()-]+(?: [\w'&+/()-]+){0,5}")
"""What an owner who approves names takes for one: a few words and no sentence."""

_YES = frozenset({"yes", "y", "true", "ok", "okay", "approve", "confirm", "confirmed"})
_NO = frozenset({"no", "n", "false", "reject", "deny", "cancel", "decline"})


@dataclass(frozen=True, slots=True)
class Act:
    """An action that was sent, and the last word on it in the log."""

    name: str
    entities: tuple[str, ...]
    data: Mapping[str, Json]
    status: str


@dataclass
class Seen:
    """What was to be seen of one case.

    ``before`` and ``after`` are the house; ``asked`` whether somebody was asked for a yes, ``too_early`` the risky
    things that had moved by then; ``guarded`` all the risky things there are.
    """

    before: House
    after: House
    replies: list[Reply] = field(default_factory=list[Reply])
    messages: list[str] = field(default_factory=list[str])
    acts: tuple[Act, ...] = ()
    asked: bool = False
    too_early: tuple[str, ...] = ()
    guarded: frozenset[str] = frozenset()


async def live(case: Case, homes: Homes, folder: Path, model: ModelConfig | None) -> Seen:
    """Live through ``case``, with ``folder`` for its files; raises ClawError where house or policy make no sense."""
    home = home_of(case, homes)
    async with AsyncExitStack() as rooms:
        staging = Staging(ShownClock(home.now), {}, home.past)
        daemon = await build(_config(case, home, folder, model), folder / "state", rooms, staging)
        await rooms.enter_async_context(daemon.desk.feed())  # somebody listens, or no message would be sent
        await daemon.backend.connect(daemon.mirror)
        await daemon.mirror.wait_ready(READY_S)
        if named := [one["id"] for one in daemon.desk.naming.waiting() if all(map(_NAME.fullmatch, one["names"]))]:
            await daemon.desk.naming.approve(named, screen(home))
        return await _Trial(case, home, daemon).live()


def screen(home: Home, person: str | None = None) -> Origin:
    """Return who speaks at a screen, signed in: ``person``, or an owner."""
    who = person or next(one.id for one in home.people if one.role == "owner")
    return Origin("web", who, authenticated=True, source=who, conversation=CONVERSATION, strength="session")


def asker(case: Case, home: Home) -> Origin:
    """Return who says what the case says: a satellite where a device or only a room is named, else somebody signed in.

    A voice has no identity, so that whoever the case names beside a satellite is not known.
    """
    context, house = case.context, home.house
    place = area_of(house, context.area) or _area_of_device(house, context.device)
    if context.device is not None or (context.area is not None and context.person is None):
        channel = f"voice:{slug(context.device or context.area or '')}"
        return Origin(channel, place=place, source=channel, conversation=CONVERSATION)
    return replace(screen(home, _person(home, context.person)), place=place)


class _Trial:
    """What happens in one house."""

    def __init__(self, case: Case, home: Home, daemon: Daemon) -> None:
        self._case = case
        self._daemon = daemon
        self._asker = asker(case, home)
        self._owner = screen(home)
        self._reply = wanted_reply(case)
        house = _as_it_is(daemon)
        risky = {one.entity_id for one in house.registry.entities.values() if risky_actions(one)}
        self._seen = Seen(house, house, guarded=frozenset(risky) | asked_about(case.policy, house))

    async def live(self) -> Seen:
        """Say everything and answer what is asked; return what was seen."""
        for sentence in (self._case.utterance, *self._case.turns):
            self._seen.replies.append(await self._daemon.desk.say(sentence, self._asker))
            await self._answer()
        await self._daemon.audit.settle()
        self._seen.after = _as_it_is(self._daemon)
        self._seen.acts = self._acts()
        self._seen.messages += [str(act.data.get("text", "")) for act in self._seen.acts if act.name == NOTIFY]
        return self._seen

    async def _answer(self) -> None:
        """Give the case's answer to what waits for one; what nobody answers goes on waiting."""
        for _ in range(MOST_ANSWERS):
            waiting = self._daemon.gate.questions.waiting()
            if waiting:
                self._note_question()
            thinking = self._daemon.thinking
            asked = thinking.programs.asked_in(CONVERSATION) if thinking is not None else None
            if self._reply is None or not (waiting or asked):
                return
            word = self._reply.strip().casefold()
            try:
                if waiting and word in _YES | _NO:
                    self._seen.replies.append(await self._yes_or_no(waiting[0], yes=word in _YES))
                elif asked and not waiting:
                    self._seen.replies.append(await self._daemon.desk.say(self._reply, self._asker))
                else:
                    return
            except Refused as error:
                self._seen.messages.append(f"the answer was refused: {error}")
                return

    async def _yes_or_no(self, pending: Pending, *, yes: bool) -> Reply:
        """Answer as an owner at a screen, who was told the number that was said in the room."""
        choice = Choice(number=pending.number)
        return await self._daemon.desk.answer(pending.id, self._owner, yes=yes, choice=choice)

    def _note_question(self) -> None:
        if not self._seen.asked:
            self._seen.asked = True
            now, before = self._daemon.mirror.states, self._seen.before.states
            moved = {entity for entity in self._seen.guarded if _value(now, entity) != _value(before, entity)}
            self._seen.too_early = tuple(sorted(moved))

    def _acts(self) -> tuple[Act, ...]:
        """Return every action that was sent, read off the log."""
        entries = self._daemon.audit.entries(0, MOST_ENTRIES, newest_first=False, kinds=("intent", "outcome"))
        last = {
            entry.parent: str(entry.payload["status"])
            for entry in entries
            if entry.kind == "outcome" and entry.payload and "status" in entry.payload
        }
        found: list[Act] = []
        for entry in entries:
            if entry.kind == "intent" and entry.payload is not None:
                action: Json = entry.payload["action"]
                status = last.get(entry.seq, "unknown")
                if status != "refused":
                    found.append(Act(action["name"], tuple(action["entities"]), action["data"], status))
        return tuple(found)


def wanted_reply(case: Case) -> str | None:
    """Return what is answered where somebody is asked; None where nobody answers.

    A change that needs a yes can come about in no other way, so there a yes goes without saying.
    """
    reply = case.confirm_reply
    if isinstance(reply, bool):
        return "yes" if reply else "no"
    if reply is None and case.expect.kind == "change" and case.expect.asks:
        return "yes"
    return reply or None


def _as_it_is(daemon: Daemon) -> House:
    """Return the house as it is now and stays: the mirror goes on changing."""
    return replace(daemon.mirror.house(), states=MappingProxyType(dict(daemon.mirror.states)))


def _config(case: Case, home: Home, folder: Path, model: ModelConfig | None) -> Config:
    """Write down what the daemon reads and return its configuration; what is only tried leaves nothing elsewhere."""
    house, policy = folder / "house.json", folder / "policy.json"
    house.write_text(json.dumps(home.written, ensure_ascii=False), encoding="utf-8")
    policy.write_text(policy_for(case.policy, home.house), encoding="utf-8")
    return Config(
        house=HouseConfig(simulated=house),
        model=model,
        policy=policy,
        languages=spoken_in((case.utterance, *case.turns), home.house.registry.language),
        people=home.people,
        sources=_sources(case.setup_untrusted, folder),
        audit=AuditConfig(journald=False),
    )


def _sources(texts: Sequence[Text], folder: Path) -> dict[str, SourceConfig]:
    """Return the sources for strangers' texts, each in a file of its own; texts of one source follow each other."""
    found: dict[str, list[str]] = {}
    for text in texts:
        found.setdefault(slug(text.source), []).append(text.text)
    sources: dict[str, SourceConfig] = {}
    for name, lines in found.items():
        path = folder / f"{name}.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        sources[name] = SourceConfig(file=path)
    return sources


def _person(home: Home, said: str | None) -> str | None:
    """Return the id of the person that a case names, by id, name or entity; an owner where nobody is so called."""
    if said is None:
        return None
    wanted = said.casefold()
    known = [one for one in home.people if wanted in {one.id, one.name.casefold(), one.entity or ""}]
    known = known or [one for one in home.people if one.id == slug(said)]
    return known[0].id if known else None


def _area_of_device(house: House, device: str | None) -> str | None:
    """Return the area of a satellite, given as a device or one of its entities."""
    if device is None:
        return None
    entity, known = house.registry.entities.get(device), house.registry.devices.get(device)
    return entity.area if entity is not None else known.area if known is not None else None


def _value(states: Mapping[str, State], entity_id: str) -> str | None:
    state = states.get(entity_id)
    return state.value if state is not None else None
