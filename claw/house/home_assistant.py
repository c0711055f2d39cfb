"""A real Home Assistant as device backend: followed by websocket, across its restarts.

One task holds the link: connect, wait until Home Assistant runs, read the whole house, follow it, and start over when
the connection is lost.  Only a refused token ends that, since trying again cannot mend it.  An action is sent once, and
only over a link on which the house has been read: when its answer does not come the outcome is unknown, and nothing
here ever sends it a second time.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType
from typing import cast

from claw.base.action import Acknowledgement, Action, Json, Permit
from claw.base.clock import Clock, Timer
from claw.base.errors import Refused, Unavailable, UnknownOutcome
from claw.base.permit import PermitDesk
from claw.base.supervised import Supervised
from claw.house.aloud import SPEAKING_S
from claw.house.assist import Assist
from claw.house.backend import Exact, Link, Listener
from claw.house.link import CommandFailed, Connection, LinkLost, TokenRefused, websocket_address
from claw.house.model import House, Registry, State
from claw.house.one_call import fields_of
from claw.house.registries import Registries
from claw.house.telling import happening, user_of
from claw.house.text import quoted
from claw.house.wire import Feed, Lists, Unreadable, past_from, registry_from, states_from

_logger = logging.getLogger(__name__)

ACT_S = 15.0
"""How long an action may take until its outcome counts as unknown; slow locks and clouds take several seconds."""
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 5.0
"""Asking one server in the house every few seconds costs nothing, and after its restart everybody waits for us."""
STEADY_S = 10.0
"""A link that held so long was a good one: the next loss is retried quickly again."""
STARTING_POLL_S = 0.5
LONGEST_ERROR = 120
STUCK_S = 180.0
"""Without a step forward for so long, while the house is not there, nobody is trying any more."""
REGISTRY_PAUSE_S = 0.25
"""Registry events come in bursts (one device brings ten entities); one read answers them all."""

_UNSETTLED = frozenset({"timeout", "unknown_error"})
"""Codes after which the action may have happened: no answer, or an integration that crashed half way."""


_jitter = secrets.SystemRandom().random


class HomeAssistant:
    """A ``HouseBackend`` (claw/house/backend.py) over Home Assistant's websocket API."""

    def __init__(
        self,
        url: str,
        token: str,
        desk: PermitDesk,
        clock: Clock,
        timer: Timer,
        jitter: Callable[[], float] = _jitter,
    ) -> None:
        """Take the house at ``url``; ``jitter`` returns numbers from 0 to 1. Raises Broken for an unusable address."""
        self.address = websocket_address(url)
        self._token = token
        self._desk = desk
        self._clock = clock
        self._timer = timer
        self._jitter = jitter
        self._listener: Listener | None = None
        self._link = Link("connecting")
        self.kept = Supervised("house", self._following, clock, timer, ends=True, guards=True)
        self._stepped = clock.monotonic()
        self._connection: Connection | None = None
        self._event_types: set[str] = set()
        self.user: str | None = None
        self.withheld: dict[str, str] = {}
        self._version = 0
        self._passing: frozenset[Exact] | None = None  # None: open for acts

    def __repr__(self) -> str:
        return f"HomeAssistant({self.address!r}, {self._link.status})"

    @property
    def alive(self) -> bool:
        """Whether the house is followed, or tried for; also where trying again would mend nothing."""
        if self._listener is None or self._link.status in {"refused", "closed"}:
            return True
        if not self.kept.alive:
            return False
        return self._link.status == "ready" or self._clock.monotonic() - self._stepped < STUCK_S

    async def connect(self, listener: Listener) -> None:
        """Start to follow the house until ``close``; returns before the first snapshot is there."""
        await self._stop()
        self._listener = listener
        self._link = Link("closed")
        self._tell(Link("connecting"))
        self.kept.start()

    async def snapshot(self) -> House:
        """Return the house as it is now, read afresh; raises Unavailable while there is no link."""
        connection = self._reachable()
        try:
            rows, lists = await asyncio.gather(connection.command("get_states"), Registries(connection).read())
            states = states_from(rows)
            return House(self._registry(lists, states), MappingProxyType(states))
        except (CommandFailed, LinkLost, Unreadable) as error:
            raise Unavailable(f"I cannot read the house: {error}") from None

    async def events(self, types: Sequence[str]) -> None:
        """Also tell the listener about these event types, across reconnects; raises Refused when not permitted to."""
        new = [name for name in types if name not in self._event_types]
        self._event_types.update(new)
        if self._connection is not None:
            with suppress(LinkLost):  # asked for again on the next link
                for name in new:
                    await self._listen(self._connection, name)

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do ``action`` once and return when the house has accepted it.

        Raises Refused (bad permit, or the house rejects it), Unavailable (nothing was sent), UnknownOutcome (sent, but
        the link broke or the answer did not come).
        """
        self._desk.spend(permit, action)
        if self._passing is not None and (action.name, action.entities) not in self._passing:
            raise Refused("the house is closed for acts: stopped")
        fields = fields_of(action)
        connection = self._reachable()
        try:
            within_s = SPEAKING_S.get(action.name, ACT_S)
            result = await connection.command("call_service", within_s=within_s, **fields)
        except LinkLost as lost:
            # Told before the caller hears of it: what is mirrored is old from here on and must not settle this call.
            if self._link.status == "ready" and self._connection in {None, connection}:
                self._tell(Link("lost", str(lost)))
            raise UnknownOutcome(f"the connection was lost while acting: {lost}") from None
        except CommandFailed as failed:
            if failed.code in _UNSETTLED:
                raise UnknownOutcome(f"the house did not say what came of it: {failed}") from None
            raise Refused(f"the house refuses: {failed}") from None
        answer = cast("Mapping[str, Json]", result) if isinstance(result, dict) else {}
        context = answer.get("context")
        context_id = cast("Mapping[str, Json]", context).get("id") if isinstance(context, dict) else None
        return Acknowledgement(context_id if isinstance(context_id, str) else None, answer.get("response"))

    async def history(self, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
        """Return the states of one entity in a span of time, oldest first; raises Unavailable."""
        connection = self._reachable()
        try:
            answer = await connection.command(
                "history/history_during_period",
                start_time=start.isoformat(),
                end_time=end.isoformat(),
                entity_ids=[entity_id],
                minimal_response=False,
                no_attributes=False,
                significant_changes_only=False,
            )
            return past_from(answer.get(entity_id, ()) if isinstance(answer, dict) else None)
        except CommandFailed as failed:
            if failed.code == "unknown_command":
                raise Unavailable("Home Assistant keeps no history (its history integration is not loaded)") from None
            raise Unavailable(f"I cannot read the past: {quoted(str(failed), LONGEST_ERROR)}") from None
        except (LinkLost, Unreadable) as error:
            raise Unavailable(f"I cannot read the past: {quoted(str(error), LONGEST_ERROR)}") from None

    async def assist(self) -> Assist:
        """Return how its own voice assistants are set up, read afresh; raises Unavailable."""
        connection = self._reachable()
        try:
            entities, config = await asyncio.gather(
                connection.command("config/entity_registry/list"), connection.command("get_config")
            )
            return Assist(await _pipelines(connection), entities, config)
        except (CommandFailed, LinkLost) as error:
            raise Unavailable(f"I cannot read the assistants: {quoted(str(error), LONGEST_ERROR)}") from None

    def hold(self, but: Collection[Exact] = ()) -> None:
        """Close the house for acts, at once, but for what ``but`` names exactly; never waits, never raises."""
        self._passing = frozenset(but)
        if self._connection is not None and self._connection.drop_acts():
            self.cut()

    def cut(self) -> None:
        """Abort the connection: nothing more of it goes out.  Another one follows, to read and for what passes."""
        if self._connection is not None:
            self._connection.abort("stopped")
            self._tell(Link("lost", "stopped"))

    def release(self) -> None:
        """Open the house for acts again."""
        self._passing = None

    async def close(self) -> None:
        """Stop following and release everything; nothing is sent afterwards."""
        await self._stop()
        self._tell(Link("closed"))

    async def _stop(self) -> None:
        await self.kept.close()

    def _reachable(self) -> Connection:
        connection = self._connection
        if connection is None or self._link.status != "ready":
            raise Unavailable(f"I cannot reach the house: {self._link.detail or self._link.status}")
        if connection.gone is not None:
            raise Unavailable(f"I cannot reach the house: {connection.gone}")
        return connection

    def _tell(self, link: Link) -> None:
        if link != self._link:
            self._link = link
            self._stepped = self._clock.monotonic()
            if self._listener is not None:
                self._listener.linked(link)

    async def _following(self) -> None:
        """Follow; where that breaks, whatever the reason, what is mirrored is not the house any more."""
        try:
            await self._follow()
        except Exception:
            self._tell(Link("lost", "following it failed"))
            raise

    async def _follow(self) -> None:
        """Hold a connection until close, one after another; return only when the token is refused."""
        failures = 0
        while True:
            started = self._stepped = self._clock.monotonic()
            try:
                reason, was_ready = await self._hold()
            except TokenRefused as refused:
                _logger.error("%s. Make a new long-lived token in your Home Assistant profile.", refused)  # noqa: TRY400  one clear line
                self._tell(Link("refused", str(refused)))
                return
            if was_ready:
                _logger.warning("Lost Home Assistant: %s", reason)
            if was_ready and self._clock.monotonic() - started >= STEADY_S:
                failures = 0
            self._tell(Link("lost", reason))
            longest = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(failures, 10))
            failures += 1
            await self._timer.sleep(longest * (0.5 + 0.5 * self._jitter()))

    async def _hold(self) -> tuple[str, bool]:
        """Live through one connection; return why it ended and whether the house was ready in it."""
        connection = Connection(self.address, self._token, self._clock, self._timer)
        keeper: asyncio.Task[None] | None = None
        try:
            await connection.open()
            config = await self._running(connection)
            self._connection = connection
            self.user = await _own_user(connection)
            registries = Registries(connection, config)
            feed = await self._sync(connection, registries)
            keeper = asyncio.create_task(self._keep_registry(connection, feed, registries))
            return await self._until_lost(connection), True
        except (LinkLost, CommandFailed, Unreadable) as error:
            return str(error), False
        finally:
            self._connection = None
            if keeper is not None:
                keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)
            await connection.shut()

    async def _until_lost(self, connection: Connection) -> str:
        """Wait for the end of a connection and tell it at once, not when the socket has been put away."""
        reason = await connection.lost()
        self._tell(Link("lost", reason))
        return reason

    async def _running(self, connection: Connection) -> Json:
        """Wait until Home Assistant has started: before that it lacks states and does nothing that is asked of it."""
        while True:
            config = await connection.command("get_config")
            if isinstance(config, dict) and config.get("state") == "RUNNING":
                return config
            self._tell(Link("connecting", "Home Assistant is starting"))
            self._stepped = self._clock.monotonic()
            await self._timer.sleep(STARTING_POLL_S)

    async def _sync(self, connection: Connection, registries: Registries) -> Feed:
        """Read the whole house and tell the listener; from here on changes follow by themselves."""
        feed = Feed()
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_entities(event: Json) -> None:
            changes, shaping = feed.take(event)
            if not first.done():
                first.set_result(None)
            elif self._link.status == "ready" and self._listener is not None:
                self._listener.changed(changes)
            if shaping:
                registries.forget(change.entity_id for change in changes)
                registries.rebuild()

        await asyncio.gather(
            registries.watch(),
            *(self._listen_again(connection, name) for name in sorted(self._event_types)),
            connection.subscribe("subscribe_entities", on_entities),
        )
        await _until(first, connection)
        self._publish(await registries.read(), feed)
        self._tell(Link("ready"))
        return feed

    def _publish(self, lists: Lists, feed: Feed) -> None:
        states = dict(feed.states)
        house = House(self._registry(lists, states), MappingProxyType(states))
        if self._listener is not None:
            self._listener.synced(house)

    def _registry(self, lists: Lists, states: Mapping[str, State]) -> Registry:
        self._version += 1
        return registry_from(lists, states, self._version)

    async def _keep_registry(self, connection: Connection, feed: Feed, registries: Registries) -> None:
        try:
            while True:
                if await registries.relate(list(feed.states)):
                    self._publish(await registries.read(), feed)
                await registries.outdated()
                await self._timer.sleep(REGISTRY_PAUSE_S)
                self._publish(await registries.read(), feed)
        except (LinkLost, CommandFailed, Unreadable) as error:
            connection.fail(f"the registry could not be read: {error}")
        except Exception:
            _logger.exception("Reading the registry failed unexpectedly")
            connection.fail("the registry could not be read")  # worse than a link that begins anew: one nobody reads

    async def _listen(self, connection: Connection, name: str) -> None:
        def on_event(event: Json) -> None:
            if self._listener is not None:
                self._listener.happened(name, *happening(event, self.user))

        try:
            await connection.subscribe("subscribe_events", on_event, event_type=name)
            self.withheld.pop(name, None)
        except CommandFailed as failed:
            self.withheld[name] = f"Home Assistant does not tell about {name} events: {failed}"
            raise Refused(self.withheld[name]) from None

    async def _listen_again(self, connection: Connection, name: str) -> None:
        try:
            await self._listen(connection, name)
        except Refused as refused:
            _logger.warning("%s", refused)


async def _pipelines(connection: Connection) -> Json:
    try:
        return await connection.command("assist_pipeline/pipeline/list")
    except CommandFailed as failed:
        if failed.code == "unknown_command":
            return None  # it has no voice assistants
        raise


async def _own_user(connection: Connection) -> str | None:
    try:
        return user_of(await connection.command("auth/current_user"))
    except CommandFailed:
        return None  # then nobody's own hand is known either: any of them may be Claw


async def _until(first: asyncio.Future[None], connection: Connection) -> None:
    lost = asyncio.ensure_future(connection.lost())
    try:
        await asyncio.wait({first, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not first.done():
            raise LinkLost(lost.result())
    finally:
        lost.cancel()
