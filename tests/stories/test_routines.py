"""Background work from a sentence to what came of it: a whole daemon, of which the test lets the hours pass."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claw.base.action import Message, Reply
from claw.base.config import ModelConfig
from claw.daemon.build import Daemon
from claw.daemon.housekeeping import Chores
from claw.daemon.run import chores_of
from claw.daemon.staging import Staging
from claw.routines.model import Run
from tests.lived_clock import LivedClock
from tests.living import OWNER, living

EVENING = datetime(2026, 6, 7, 19, 0, tzinfo=UTC)  # a Sunday; the demo's house stands in a zone of its own
LAMP = "light.kitchen_ceiling"


class Home:
    """A daemon, its clock and what it said unasked."""

    def __init__(self, daemon: Daemon, clock: LivedClock) -> None:
        self.daemon, self.clock = daemon, clock
        self.told: list[Message] = []
        daemon.desk._in.messages.listeners.append(self.told.append)

    async def say(self, text: str) -> Reply:
        return await self.clock.through(self.daemon.desk.say(text, OWNER))

    def state(self, entity: str) -> str:
        return self.daemon.mirror.states[entity].value

    def runs(self) -> Sequence[Run]:
        return self.daemon.routines.book.runs()

    def local(self, day: int, hour: int, minute: int = 0) -> datetime:
        zone = self.daemon.memory.store.ground.zone()
        return datetime(2026, 6, day, hour, minute, tzinfo=zone).astimezone(UTC)


@asynccontextmanager
async def home(folder: Path, clock: LivedClock, model: ModelConfig | None = None) -> AsyncIterator[Home]:
    staging = Staging(clock=clock, travel_s={})
    async with living(folder, model=model, staging=staging) as daemon:
        # Hours pass between two beats of its heart here, which it takes for what it would be.
        daemon.stop.guards.remove(daemon.stopping.heartbeat.check)
        await daemon.stopping.heartbeat.close()
        yield Home(daemon, clock)


async def test_a_sentence_becomes_a_routine_that_runs_is_skipped_and_is_cancelled(tmp_path: Path) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        set_up = await at.say("every weekday at seven turn on the kitchen lights")
        assert (set_up.status, set_up.tokens_in) == ("done", 0)
        assert "tomorrow 07:00, Tue 07:00, Wed 07:00" in set_up.text
        assert at.state(LAMP) == "off"
        await clock.until(at.local(8, 7, 1))
        assert at.state(LAMP) == "on"
        (run,) = at.runs()
        assert (run.status, run.firing.due) == ("done", at.local(8, 7))
        entry = at.daemon.audit.entry(run.entries[0])
        assert entry is not None
        assert entry.origin is not None
        assert (entry.origin.channel, entry.origin.person, entry.origin.routine) == ("routine", "anna", run.routine)
        await at.say("turn off the kitchen lights")
        assert "Wed 07:00" in (await at.say("skip tomorrow")).text
        await clock.until(at.local(9, 12))
        assert [one.status for one in at.runs()] == ["skipped", "done"]
        assert "turn on the kitchen lights" in (await at.say("what is scheduled")).text
        assert "Cancelled" in (await at.say("cancel the first one")).text
        await clock.until(at.local(11, 12))
        assert len(at.runs()) == 2
        assert at.state(LAMP) == "off"


async def test_what_was_due_while_claw_was_stopped_is_held_and_never_replayed_and_its_person_hears_of_it(
    tmp_path: Path,
) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        await at.say("turn on the kitchen lights at ten in the evening")
        at.daemon.stop.engage("a test", OWNER)
        await clock.until(at.local(7, 22, 30))
        assert [(one.status, one.times) for one in at.runs()] == [("held", 1)]
        at.daemon.stop.reset("a test", console=True, adult=True)
        await clock.until(at.local(8, 6))
        assert at.state(LAMP) == "off"
        assert [one.status for one in at.runs()] == ["held"]
        assert any("stopped" in message.text for message in at.told), at.told


async def test_what_was_due_while_claw_did_not_run_is_made_up_for_within_its_grace_or_told(tmp_path: Path) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        await at.say("turn on the kitchen lights at ten in the evening")
        await at.say("turn on the office desk lamp at midnight")
        late, early = at.local(8, 0, 5), at.local(7, 23)
    await clock.advance(late - clock.now())
    async with home(tmp_path, clock) as at:
        await clock.advance(timedelta(minutes=2))
        found = {one.firing.due: one.status for one in at.runs()}
        assert found == {at.local(7, 22): "missed", at.local(8, 0): "done"}
        assert at.state(LAMP) == "off"
        assert any("22:00" in message.text for message in at.told), at.told
        assert early < late


async def test_the_hand_wins_over_what_runs_in_the_background(tmp_path: Path) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        await at.say("turn on the kitchen lights at ten in the evening")
        await clock.until(at.local(7, 21, 50))
        await at.say("turn off the kitchen lights")
        await clock.until(at.local(7, 22, 5))
        assert at.state(LAMP) == "off"
        (run,) = at.runs()
        assert run.status == "held"
        assert "by hand" in run.reason or "left" in run.reason, run
        assert len(at.told) == 1, at.told


async def test_when_something_happens_it_is_done_and_smoke_is_told_to_everybody_through_a_pause(tmp_path: Path) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        assert (await at.say("when the front door opens turn on the hall light")).status == "done"
        at.daemon.backend.set_state("binary_sensor.front_door", "on")  # type: ignore[attr-defined]
        await clock.advance(timedelta(seconds=5))
        assert at.state("light.hall_ceiling") == "on"
        at.daemon.stopping.pause.begin("peace", OWNER)
        at.daemon.backend.set_state("binary_sensor.kitchen_smoke", "on")  # type: ignore[attr-defined]
        await clock.advance(timedelta(seconds=5))
        assert any(message.to == "everyone" and message.urgency == "high" for message in at.told), at.told


async def test_a_day_in_which_nothing_is_due_for_a_model_asks_none(tmp_path: Path) -> None:
    asked: list[str] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append("somebody connected")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        model = ModelConfig(name="nobody", base_url=f"http://127.0.0.1:{port}/v1")
        clock = LivedClock(EVENING)
        async with home(tmp_path, clock, model) as at:
            for text in (
                "every day at seven turn on the kitchen lights",
                "every day at eight turn off the kitchen lights",
                "at sunset turn on the hall light",
                "when the last person leaves turn everything off",
                "remind me to water the plants every day at six in the evening",
                "every 30 minutes turn on the office desk lamp",
            ):
                reply = await at.say(text)
                assert reply.status == "done", reply.text
            chores = asyncio.ensure_future(Chores(clock, chores_of(at.daemon)).run())
            await clock.advance(timedelta(days=1))
            chores.cancel()
            done = [one for one in at.runs() if one.status in {"done", "held"}]
            assert len(done) >= 5
            assert at.daemon.audit.entries(0, 5000, kinds=("intent",))
            assert asked == []
            assert not [e for e in at.daemon.audit.entries(0, 5000) if "claw.model" in str(e.payload)]
