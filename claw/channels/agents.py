"""What a program that speaks for a model may ask of Claw, whichever way it is connected: five tools, and nothing else.

Whatever it says may have been written by anybody whose text its model has read.  So it gets its person's rights and
never the person's yes, names and states of the house only as a model of Claw's own would see them, and of the log only
what it asked for itself.  Refusals are counted: who only meets those has to wait.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import cast

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from claw.audit.log import Entry
from claw.base.action import Action, Json, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, ClawError, Refused
from claw.channels.agent_jobs import Job, Jobs
from claw.channels.agent_tools import TOOLS, Act, Ask, Logged, Look, OfJob, Result, Tool
from claw.channels.channel import Desk
from claw.channels.clients import Client
from claw.channels.shown import shown
from claw.channels.veil import Whose
from claw.channels.web.limits import Strikes
from claw.channels.web.session import model_origin
from claw.house.model import Entity, Registry, State
from claw.house.text import plain
from claw.mind.whereabouts import follows
from claw.program.taint import READABLE, Untrusted, attribute_of, value_of

LARGEST_ARGUMENTS = 64 * 1024
NOT_OF_THE_HOUSE = frozenset({"claw", "mcp"})
"""Domains of what Claw itself does, such as sending a message, and of the tools of other servers."""

PAGE = 400
PAGES = 10
"""Pages of the log that one call reads, at most."""

MOST_AREAS = 100
_TEXT_NOT_SHOWN = "text that somebody else wrote; not shown"


class Agents:
    """Answers the tools of every such program; one for all ways in."""

    def __init__(self, desk: Desk, jobs: Jobs, clock: Clock) -> None:
        self._desk = desk
        self._jobs = jobs
        self._strikes = Strikes(clock)
        self._whose = Whose(desk.naming.audit)
        self._answers: Mapping[str, Callable[[Client, BaseModel], Awaitable[Result]]] = {
            "look": self._look,
            "act": self._act,
            "job": self._job,
            "ask": self._ask,
            "log": self._log,
        }

    @staticmethod
    def tools() -> tuple[Tool, ...]:
        """Return the tools that there are."""
        return tuple(TOOLS.values())

    async def call(self, client: Client, name: str, arguments: Mapping[str, Json]) -> Result:
        """Answer one call of ``client``, which is known to speak for a model; raises Broken, and nothing else."""
        wait_s = self._strikes.wait_s(client.id)
        if wait_s > 0:
            seconds = max(1, round(wait_s))
            return _failure("too_many", f"Too much of this was refused. Wait {seconds} s.", retry_after_s=seconds)
        result = await self._called(client, name, arguments)
        if result.failed or result.data.get("state") == "refused":
            self._strikes.strike(client.id)
        return result

    async def _called(self, client: Client, name: str, arguments: Mapping[str, Json]) -> Result:
        try:
            taken = _taken(client, name, arguments)
            return await self._answers[name](client, taken)
        except Broken:
            raise
        except ClawError as error:
            return _failure("refused", str(error))

    async def _look(self, client: Client, taken: BaseModel) -> Result:
        del client
        look = cast("Look", taken)
        mirror = self._desk.naming.mirror
        registry, states = mirror.registry, mirror.states
        found = [one for one in self._seen(registry) if one.entity_id in states and self._fits(one, look)]
        page = found[look.offset : look.offset + look.limit]
        data: dict[str, Json] = {
            "entities": [self._entity(one, states[one.entity_id]) for one in page],
            "found": len(found),
            "stopped": self._desk.status()["stop"]["engaged"],
        }
        if look.offset + len(page) < len(found):
            data["next_offset"] = look.offset + len(page)
        if look.offset == 0:
            data["areas"] = [area.id for area in list(registry.areas.values())[:MOST_AREAS]]
        return Result(shown(data))

    @staticmethod
    def _seen(registry: Registry) -> Iterator[Entity]:
        """Give what may be looked at: nothing that is hidden, and not where people are."""
        for entity_id in sorted(registry.entities):
            entity = registry.entities[entity_id]
            if not entity.hidden and entity.category is None and not follows(entity_id):
                yield entity

    def _fits(self, entity: Entity, look: Look) -> bool:
        if look.domain and entity.domain != look.domain:
            return False
        if look.area and entity.area != look.area:
            return False
        words = look.words.casefold().split()
        if not words:
            return True
        text = " ".join((entity.entity_id, entity.area or "", *self._desk.naming.names.shown(entity))).casefold()
        return all(word in text for word in words)

    def _entity(self, entity: Entity, state: State) -> dict[str, Json]:
        value = value_of(entity, state)
        read = {name: attribute_of(entity, state, name) for name in sorted(READABLE)}
        return {
            "entity_id": entity.entity_id,
            "names": list(self._desk.naming.names.shown(entity)),
            "area": entity.area,
            "state": None if isinstance(value, Untrusted) else value,
            **({"note": _TEXT_NOT_SHOWN} if isinstance(value, Untrusted) else {}),
            "attributes": {
                name: one for name, one in read.items() if one is not None and not isinstance(one, Untrusted)
            },
        }

    async def _act(self, client: Client, taken: BaseModel) -> Result:
        act = cast("Act", taken)
        actions = [Action(one.name, one.entities, one.data) for one in act.actions]
        if any(action.domain in NOT_OF_THE_HOUSE for action in actions):
            raise Refused("act is for things of the house; say anything else with ask")
        asked = ["act", [action.as_json() for action in actions]]
        origin = model_origin(client, "mcp")
        return _of(await self._jobs.do(client.id, act.key, asked, lambda: self._desk.act(actions, origin)))

    async def _ask(self, client: Client, taken: BaseModel) -> Result:
        ask = cast("Ask", taken)
        origin = model_origin(client, "mcp", ask.conversation or "main")
        asked = ["ask", origin.conversation, ask.text]
        return _of(await self._jobs.do(client.id, ask.key, asked, lambda: self._desk.say(ask.text, origin)))

    async def _job(self, client: Client, taken: BaseModel) -> Result:
        return _of(self._jobs.job(client.id, cast("OfJob", taken).id))

    async def _log(self, client: Client, taken: BaseModel) -> Result:
        logged = cast("Logged", taken)
        audit = self._desk.naming.audit
        before = min(logged.before or audit.head().seq + 1, audit.head().seq + 1)
        found: list[dict[str, Json]] = []
        for _ in range(PAGES):
            after = max(0, before - 1 - PAGE)
            for entry in reversed(audit.entries(after, before - 1 - after)):
                if len(found) == logged.limit:
                    break
                before = entry.seq
                if _own(self._whose.of(entry).origin, client):
                    found.append(_entry(entry))
            else:
                before = after + 1
            if before <= 1 or len(found) == logged.limit:
                break
        return Result(shown({"entries": found, **({"next_before": before} if before > 1 else {})}))


def _taken(client: Client, name: str, arguments: Mapping[str, Json]) -> BaseModel:
    """Return the arguments of a call in the tool's own shape; raises Refused."""
    tool = TOOLS.get(name)
    if tool is None:
        raise Refused(f"there is no such tool; there are {', '.join(TOOLS)}")
    if not client.may("talk"):
        raise Refused("this client may not do that: it lacks the right 'talk'")
    try:
        if len(to_json(arguments)) > LARGEST_ARGUMENTS:
            raise Refused(f"that is too much: a call may have {LARGEST_ARGUMENTS // 1024} KiB")
        return tool.takes.model_validate(arguments)
    except ValidationError as error:
        # The input itself is not echoed: it may be huge, and it is not ours.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "arguments"
        raise Refused(f"{plain(where, 60)}: {plain(first['msg'], 200)}") from None
    except ValueError:
        raise Refused("arguments: that is no JSON") from None


def _own(origin: Origin | None, client: Client) -> bool:
    """Return whether an entry is what this client asked for this way."""
    return origin is not None and origin.source == f"client {client.id}" and origin.channel.startswith("mcp:")


def _entry(entry: Entry) -> dict[str, Json]:
    """Return what a program hears of an entry of its own: numbers, ids, what was decided and what came of it."""
    payload = entry.payload or {}
    kept = {key: payload[key] for key in ("status", "rule", "detail", "why", "yes") if payload.get(key) is not None}
    several = payload.get("actions")
    actions = several if isinstance(several, list) else [payload.get("action")]
    named = [
        {"name": one.get("name"), "entities": one.get("entities")}
        for one in cast("list[Json]", actions)
        if isinstance(one, Mapping)
    ]
    return {
        "seq": entry.seq,
        "time": entry.time.isoformat(),
        "kind": entry.kind,
        **({"of": entry.parent} if entry.parent is not None else {}),
        **({"actions": named} if named else {}),
        **kept,
    }


def _of(job: Job) -> Result:
    data: dict[str, Json] = {"job": job.id, "state": job.state, "log": list(job.audit)}
    if job.rule:
        data["rule"] = job.rule
    if job.state == "waiting":
        data["note"] = "A person has to say yes; you cannot. Ask for the job again later."
    if job.again:
        data["again"] = "This was asked for before; nothing was done for it now."
    return Result(shown({**data, **job.answer}))


def _failure(kind: str, text: str, **more: Json) -> Result:
    return Result(shown({"error": kind, "text": text, **more}), failed=True)
