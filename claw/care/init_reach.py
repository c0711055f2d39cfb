"""Finds Home Assistant, tells what else may answer at an address, and reads the home once.

Nothing here moves or changes anything over there.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlsplit

import niquests
from niquests.exceptions import RequestException

from claw.base.action import Json
from claw.base.clock import Clock, Timer
from claw.base.errors import Broken, Refused, Unavailable
from claw.care.init_home import Home, TokenOf
from claw.care.init_talk import NotAnswered, Question, Talk, base_of, cause
from claw.house.assist import Assist
from claw.house.model import House
from claw.house.text import plain
from claw.house.wire import Lists, Unreadable, daily_entities, registry_from, states_from

USUAL = ("http://homeassistant.local:8123", "http://127.0.0.1:8123", "http://homeassistant:8123")
"""Where Home Assistant is in most homes; the first is what its own image calls itself."""

PROBE_S = 3.0
REACH_S = 15.0
STARTING_S = 120.0
STARTING_POLL_S = 1.0
LONGEST_PAGE = 100_000
AT_ONCE = 500
"""Rows asked for in one message, as the daemon does it."""


async def find(places: Iterable[str] = USUAL) -> str | None:
    """Return the first of ``places`` where a Home Assistant answers, None where none does."""
    wanted = tuple(places)
    found = await asyncio.gather(*(_is_there(place) for place in wanted))
    return next((place for place, there in zip(wanted, found, strict=True) if there), None)


async def _is_there(place: str) -> bool:
    try:
        await reach(place, PROBE_S)
    except (Broken, Refused, Unavailable):
        return False
    return True


async def reach(url: str, seconds: float = REACH_S) -> None:
    """Return when a Home Assistant that knows its users answers at ``url``.

    Raises Broken for what is no address, Unavailable where nobody answers, Refused for anything but Home Assistant.
    """
    base = base_of(url)
    try:
        async with asyncio.timeout(seconds), niquests.AsyncSession() as session:
            session.trust_env = False
            response = await session.get(f"{base}/auth/providers", allow_redirects=False)
            _recognise(response.status_code or 0, dict(response.headers), (response.text or "")[:LONGEST_PAGE])
    except TimeoutError:
        raise Unavailable(f"nothing answers at {base} within {seconds:g} s") from None
    except (RequestException, OSError) as error:
        raise Unavailable(f"{base} cannot be reached ({cause(error)})") from None


def _recognise(status: int, headers: Mapping[str, Any], page: str) -> None:
    """Take the answer of a Home Assistant to an unknown visitor; raises Refused, Unavailable."""
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        there = plain(str(next((headers[key] for key in headers if key.lower() == "location"), "")), 100)
        raise Refused(f"it sends visitors on to {there}: give that address, without what follows its host")
    try:
        answer: object = json.loads(page)
    except (ValueError, RecursionError):
        answer = None
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise Unavailable("it answers that it is not ready yet; wait until Home Assistant has started")
    row = cast("Mapping[str, Any]", answer) if isinstance(answer, Mapping) else {}
    if row.get("code") == "onboarding_required":
        raise Refused("this Home Assistant is new: open it in a browser and make its first user, then come back")
    listed = row.get("providers", answer)
    known = isinstance(listed, list) and all(map(_is_provider, cast("list[object]", listed)))
    if status != HTTPStatus.OK or not known:
        raise Refused(f"what answers there is no Home Assistant (HTTP {status})")


def _is_provider(row: object) -> bool:
    return isinstance(row, Mapping) and "type" in row


async def read_home(
    url: str, token: str, clock: Clock, timer: Timer, starting: Callable[[], None], patience_s: float = STARTING_S
) -> Home:
    """Return the home at ``url``; ``starting`` is called once where it has to be waited for.

    Raises TokenNotTaken, Unavailable where it does not answer or does not come up.
    """
    base = base_of(url)
    try:
        async with Talk(base, token) as talk:
            config = await _running(talk, clock, timer, starting, patience_s)
            user = await talk.ask("auth/current_user")
            lists = await _lists(talk, config)
            states = states_from(await talk.ask("get_states"))
            notifiers = _notifiers(await talk.ask("get_services"))
            assist = Assist(await _optional(talk, "assist_pipeline/pipeline/list"), lists.entities, config)
        house = House(registry_from(lists, states, 1), MappingProxyType(states))
    except (NotAnswered, Unreadable) as error:
        raise Unavailable(f"the home cannot be read: {error}") from None
    version = plain(str(config.get("version", "")), 40)
    return Home(base, version, house, _token_of(user), notifiers, assist, *await _ends(base))


async def _running(
    talk: Talk, clock: Clock, timer: Timer, starting: Callable[[], None], patience_s: float
) -> Mapping[str, Any]:
    until, told = clock.monotonic() + patience_s, False
    while True:
        config = await talk.ask("get_config")
        if isinstance(config, Mapping) and config.get("state", "RUNNING") == "RUNNING":
            return cast("Mapping[str, Any]", config)
        if clock.monotonic() >= until:
            raise Unavailable(f"Home Assistant is still starting after {patience_s:g} s; try again when it is up")
        if not told:
            starting()
            told = True
        await timer.sleep(STARTING_POLL_S)


async def _lists(talk: Talk, config: Json) -> Lists:
    """Return the registries; floors and labels, and what is for administrators, only where they are to be had."""
    entities = await talk.ask("config/entity_registry/list")
    exposed = await _optional(talk, "homeassistant/expose_entity/list")
    wanted = daily_entities(entities)
    extended: dict[str, Json] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = await _optional(talk, "config/entity_registry/get_entries", entity_ids=wanted[start : start + AT_ONCE])
        extended |= cast("Mapping[str, Json]", rows) if isinstance(rows, Mapping) else {}
    return Lists(
        config,
        await talk.ask("config/area_registry/list"),
        await talk.ask("config/device_registry/list"),
        entities,
        await _optional(talk, "config/floor_registry/list") or (),
        await _optional(talk, "config/label_registry/list") or (),
        extended,
        exposed.get("exposed_entities") if isinstance(exposed, Mapping) else None,
    )


async def _optional(talk: Talk, question: Question, **more: Json) -> Json:
    try:
        return await talk.ask(question, **more)
    except NotAnswered as refused:
        if refused.code in {"unknown_command", "unauthorized"}:
            return None
        raise


async def _ends(base: str) -> tuple[str, str]:
    """Return the IP addresses of the two ends of a connection to ``base``: theirs, ours."""
    parts = urlsplit(base)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(REACH_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError):
        return "127.0.0.1", "127.0.0.1"
    theirs, ours = writer.get_extra_info("peername"), writer.get_extra_info("sockname")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return str(theirs[0]), str(ours[0])


def _token_of(answer: Json) -> TokenOf:
    row = cast("Mapping[str, Any]", answer) if isinstance(answer, Mapping) else {}
    owner = row.get("is_owner") is True
    name = plain(str(row.get("name") or ""), 60)
    return TokenOf(str(row.get("id") or ""), name, row.get("is_admin") is True or owner, owner)


def _notifiers(services: Json) -> tuple[str, ...]:
    listed = cast("Mapping[str, Any]", services).get("notify") if isinstance(services, Mapping) else None
    return tuple(sorted(f"notify.{name}" for name in cast("Mapping[str, Any]", listed or {})))
