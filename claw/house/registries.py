"""What Home Assistant lists about the house, read again only where it changed.

A registry event says that something moved in one of five lists, and events come in bursts: one new device brings ten
entities.  So they are only noted here, and read when the link asks; in a large house the lists are megabytes.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace

from claw.base.action import Json
from claw.house.link import CommandFailed, Connection
from claw.house.script_text import ScriptText, read_text
from claw.house.wire import Lists, daily_entities, registered

_logger = logging.getLogger(__name__)

_CONFIG = "core_config"
_EXPOSED = "exposed"
"""No event tells of it: it is asked for with the entities, and when something new appears that is in no registry."""
_EVENTS = {name: f"{name}_registry_updated" for name in ("area", "device", "entity", "floor", "label")} | {
    _CONFIG: "core_config_updated"
}
_AT_ONCE = 500
"""Extended rows asked for in one message: a longer answer would hold up everything else while it is parsed."""
_SEARCHED = ("script", "automation")
_MOST_SEARCHES = 500
_SEARCHES_AT_ONCE = 8
"""Each one walks through every automation of the house; it may not hold up what a person waits for."""
_MOST_READS = 4
"""A house whose entities change all the time is shown as it was a moment ago, rather than never."""


class Registries:
    """The lists of one connection, kept current."""

    def __init__(self, connection: Connection, config: Json = None) -> None:
        """Take the answer to ``get_config`` where it is known already."""
        self._connection = connection
        self._lists = Lists(config, (), (), ())
        self._stale = {*_EVENTS, _EXPOSED} if config is None else {*_EVENTS, _EXPOSED} - {_CONFIG}
        self._registered: frozenset[str] = frozenset()
        self._outdated = asyncio.Event()
        self._related: dict[str, Json] = {}
        self._texts: dict[str, ScriptText | None] = {}
        self._no_texts: set[str] = set()
        self._forgotten: set[str] = set()

    async def watch(self) -> None:
        """Hear of every change from now on; raises CommandFailed, LinkLost."""
        await asyncio.gather(*(self._watch(name) for name in _EVENTS))

    def rebuild(self) -> None:
        """Note that the registry has to be built anew although no list changed: names are part of the states."""
        self._outdated.set()

    async def outdated(self) -> None:
        """Return once there is something to build anew."""
        await self._outdated.wait()

    async def read(self) -> Lists:
        """Return all lists, reading those that changed since; raises CommandFailed, LinkLost, Unreadable.

        Entities that changed meanwhile are read again: the states know a renamed one by its new id already, and with
        the old list it would be a thing that nobody knows.
        """
        for _ in range(_MOST_READS):
            await self._read_stale()
            if "entity" not in self._stale:
                break
        return self._lists

    def forget(self, entity_ids: Iterable[str]) -> None:
        """Ask again what these set off and whether they are exposed: they are new, and may do something else now."""
        for entity_id in entity_ids:
            self._related.pop(entity_id, None)
            self._texts.pop(entity_id, None)
            self._forgotten.add(entity_id)
            if entity_id not in self._registered:
                self._stale.add(_EXPOSED)

    async def relate(self, entity_ids: Iterable[str]) -> bool:
        """Ask what the scripts and automations among these set off; return whether anything new was learnt.

        The text of each is asked for, too: no answer says what it left out (a template, a script that is called by its
        own name).  What cannot be learnt stays unknown.  Raises LinkLost.
        """
        wanted = [one for one in entity_ids if one.partition(".")[0] in _SEARCHED and one not in self._related]
        wanted = wanted[: _MOST_SEARCHES - len(self._related)]
        for start in range(0, len(wanted), _SEARCHES_AT_ONCE):
            some = wanted[start : start + _SEARCHES_AT_ONCE]
            self._forgotten.clear()
            answers = await asyncio.gather(*(self._search(entity_id) for entity_id in some))
            texts = await asyncio.gather(*(self._text(entity_id) for entity_id in some))
            for entity_id, answer, text in zip(some, answers, texts, strict=True):
                if entity_id not in self._forgotten:  # else it may be another one by now, and is asked about again
                    self._related[entity_id], self._texts[entity_id] = answer, text
        self._lists = replace(self._lists, related=dict(self._related), texts=dict(self._texts))
        return bool(wanted)

    async def _search(self, entity_id: str) -> Json:
        try:
            return await self._connection.command(
                "search/related", item_type=entity_id.partition(".")[0], item_id=entity_id
            )
        except CommandFailed:
            return None

    async def _text(self, entity_id: str) -> ScriptText | None:
        domain = entity_id.partition(".")[0]
        if domain in self._no_texts:
            return None
        try:
            return read_text(await self._connection.command(f"{domain}/config", entity_id=entity_id))
        except CommandFailed as failed:
            # From 2026 on only administrators may read them.
            if failed.code in {"unauthorized", "unknown_command"} and domain not in self._no_texts:
                self._no_texts.add(domain)
                _logger.warning("This token may not read any %s: each counts as all that is where it acts", domain)
            return None

    async def _read_stale(self) -> None:
        stale, self._stale = self._stale, set[str]()
        self._outdated.clear()
        if _CONFIG in stale:
            self._lists = replace(self._lists, config=await self._connection.command("get_config"))
        if stale & {_EXPOSED, "entity"}:
            self._lists = replace(self._lists, exposed=await self._exposed())
        names = sorted(stale - {_CONFIG, _EXPOSED})
        for name, rows in zip(names, await asyncio.gather(*(self._list(name) for name in names)), strict=True):
            match name:
                case "area":
                    self._lists = replace(self._lists, areas=rows)
                case "device":
                    self._lists = replace(self._lists, devices=rows)
                case "floor":
                    self._lists = replace(self._lists, floors=rows)
                case "label":
                    self._lists = replace(self._lists, labels=rows)
                case _:
                    self._registered = frozenset(registered(rows))
                    self._lists = replace(self._lists, entities=rows, extended=await self._extended(rows))

    async def _watch(self, name: str) -> None:
        def on_event(_event: Json) -> None:
            self._stale.add(name)
            self._outdated.set()

        try:
            await self._connection.subscribe("subscribe_events", on_event, event_type=_EVENTS[name])
        except CommandFailed as failed:
            if failed.code != "unauthorized":
                raise
            _logger.warning("This token may not hear of changed %s lists; they are read at every start only", name)

    async def _list(self, name: str) -> Json:
        try:
            return await self._connection.command(f"config/{name}_registry/list")
        except CommandFailed as failed:
            # Floors and labels came with Home Assistant 2024.4: there are none before.
            if failed.code == "unknown_command" and name in {"floor", "label"}:
                return ()
            raise

    async def _exposed(self) -> Json:
        try:
            answer = await self._connection.command("homeassistant/expose_entity/list")
        except CommandFailed as failed:
            if failed.code in {"unauthorized", "unknown_command"}:
                return None
            raise
        return answer.get("exposed_entities") if isinstance(answer, dict) else None

    async def _extended(self, entities: Json) -> Json:
        found: dict[str, Json] = {}
        wanted = daily_entities(entities)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            try:
                rows = await self._connection.command("config/entity_registry/get_entries", entity_ids=some)
            except CommandFailed as failed:
                if failed.code == "unknown_command":
                    break
                raise
            if isinstance(rows, dict):
                found |= rows
        return found
