"""Who keeps the heads of the log of a real daemon, and what it does where they contradict it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from claw.audit.note import notes
from claw.audit.schema import CHECKPOINT
from claw.base.action import Origin
from claw.base.config import AuditConfig, Config, HouseConfig, PersonConfig
from claw.base.errors import Broken
from claw.daemon.build import Daemon, build
from claw.daemon.run import serve
from tests.living import CONSOLE, OWNER
from tests.signed_log import cut
from tests.talking import until

ENTITY = "input_text.claw_checkpoint"
HOUSE = {
    "areas": [{"id": "hall", "name": "Hall"}],
    "entities": [
        {"entity_id": "light.lamp", "name": "Lamp", "area": "hall", "state": "off",
         "attributes": {"supported_color_modes": ["onoff"]}},
        {"entity_id": ENTITY, "name": "Claw checkpoint", "state": "",
         "attributes": {"min": 0, "max": 255, "mode": "text", "pattern": None}},
    ],
}  # fmt: skip
POLICY = "version: 1\nrules:\n  - {id: lights, allow: 'light.*'}\n"


def settings(folder: Path, entity: str | None = None) -> Config:
    (folder / "house.yaml").write_text(json.dumps(HOUSE))
    (folder / "policy.yaml").write_text(POLICY)
    return Config(
        house=HouseConfig(simulated=folder / "house.yaml"),
        policy=folder / "policy.yaml",
        people=(PersonConfig(id="anna", name="Anna", role="owner"),),
        listen={"port": 0},  # type: ignore[arg-type]
        audit=AuditConfig(witness_file=folder / "elsewhere", journald=False, witness_entity=entity),
    )


@asynccontextmanager
async def running(folder: Path, entity: str | None = None) -> AsyncIterator[Daemon]:
    """Run the whole daemon, as ``claw run`` does."""
    ready: asyncio.Future[Daemon] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    task = asyncio.create_task(serve(settings(folder, entity), folder / "state", ready.set_result, ending))
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    daemon = ready.result()
    try:
        await until(vouched(daemon))
        yield daemon
    finally:
        ending.set()
        await task


def vouched(daemon: Daemon):  # type: ignore[no-untyped-def]  # noqa: ANN201  a question that until asks again and again
    async def is_vouched() -> bool:
        return daemon.checkpoints._compared and all(each.kept or each.problem for each in daemon.checkpoints.couriers)

    return is_vouched


def witnessed(folder: Path) -> list[int]:
    (file,) = (folder / "elsewhere").iterdir()
    return [note.checkpoint.size for note in notes(file.read_text())]


def reasons(daemon: Daemon) -> list[str]:
    return [entry.payload["reason"] for entry in daemon.audit.entries(kinds=[CHECKPOINT]) if entry.payload]


async def test_a_start_a_stop_a_reset_and_an_end_are_signed_and_witnessed(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await daemon.desk.stop("smoke", OWNER)
        await until(lambda: asyncio.sleep(0, "stop" in reasons(daemon)))
        await daemon.desk.reset("it was toast", CONSOLE, console=True)
        await until(lambda: asyncio.sleep(0, "reset" in reasons(daemon)))
        assert reasons(daemon) == ["start", "stop", "reset"]
        stopped = next(entry.seq for entry in daemon.audit.entries(kinds=["stop"]))
        assert any(size >= stopped for size in witnessed(tmp_path)), "the stop itself is under it"
    assert len(witnessed(tmp_path)) == 4


async def test_while_stopped_the_log_goes_on_being_signed(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await daemon.desk.stop("smoke", OWNER)
        await until(lambda: asyncio.sleep(0, "stop" in reasons(daemon)))
        before = daemon.audit.head().seq
        assert (await daemon.desk.keeping.checkpoint())["entries"] == before
        await until(lambda: asyncio.sleep(0, before in witnessed(tmp_path)))


async def test_home_assistant_keeps_the_newest_through_the_door_stopped_or_not(tmp_path: Path) -> None:
    async with running(tmp_path, ENTITY) as daemon:

        async def kept() -> int:
            return next((n.checkpoint.size for n in notes(daemon.mirror.states[ENTITY].value)), 0)

        await until(lambda: asyncio.sleep(0, daemon.checkpoints.couriers[1].kept is not None))
        assert await kept() > 0
        (intent,) = [e for e in daemon.audit.entries(kinds=["intent"]) if e.payload and e.payload.get("passes")]
        assert intent.payload is not None
        assert intent.payload["action"]["entities"] == [ENTITY]
        before = daemon.audit.head().seq
        await daemon.desk.stop("smoke", OWNER)

        async def newer() -> bool:
            return await kept() > before

        await until(newer)
        assert daemon.stopping.passing.count["witness"] == 2
        await daemon.desk.reset("it was toast", CONSOLE, console=True)


@pytest.mark.parametrize("said", ["log", "anna"])
async def test_nothing_else_may_write_that_entity_but_by_the_policy(tmp_path: Path, said: str) -> None:
    async with running(tmp_path, ENTITY) as daemon:
        from claw.base.action import Action  # noqa: PLC0415  this test alone

        action = Action("input_text.set_value", (ENTITY,), {"value": said})
        assert (await daemon.desk.act([action], Origin("web", said, authenticated=True))).status == "refused"


async def test_an_entity_that_is_no_text_is_a_clear_error(tmp_path: Path) -> None:
    async with AsyncExitStack() as rooms:
        with pytest.raises(Broken, match=r"witness_entity: light\.lamp is not an input_text"):
            await build(settings(tmp_path, "light.lamp"), tmp_path / "state", rooms)


async def test_a_log_that_was_put_back_stops_the_house_before_long(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        for _ in range(3):
            await daemon.desk.say("turn on the lamp", OWNER)
    cut(tmp_path / "state" / "audit.db", 3)
    async with running(tmp_path) as daemon:
        assert daemon.stop.engaged
        assert "were there at" in daemon.stop.state().reason
        assert daemon.stop.state().local, "only the console may reset it"
        assert (await daemon.desk.say("turn off the lamp", OWNER)).status == "stopped"
        assert daemon.desk.status()["audit"]["holds"] is False


async def test_home_assistant_alone_knows_that_a_log_was_put_back(tmp_path: Path) -> None:
    """The file beside the state directory may have been put back with it; what is in the house was not."""
    async with running(tmp_path, ENTITY) as daemon:
        for _ in range(3):
            await daemon.desk.say("turn on the lamp", OWNER)
    text = daemon.mirror.states[ENTITY].value
    assert list(notes(text))
    shutil.rmtree(tmp_path / "elsewhere")
    cut(tmp_path / "state" / "audit.db", 3)
    house = json.loads(json.dumps(HOUSE))
    house["entities"][1]["state"] = text
    before, HOUSE["entities"] = HOUSE["entities"], house["entities"]
    try:
        async with running(tmp_path, ENTITY) as daemon:
            assert daemon.stop.engaged
            assert f"{ENTITY} in Home Assistant has seen them" in daemon.stop.state().reason
    finally:
        HOUSE["entities"] = before


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda key: key.unlink(), "is gone; a new one was made"),
        (lambda key: key.chmod(0o644), "can be read by others"),
        (lambda key: key.write_text("rubbish"), "is damaged; nothing is signed"),
    ],
    ids=["missing", "readable by others", "damaged"],
)
async def test_a_key_that_does_not_vouch_stops_the_house_and_says_why(tmp_path: Path, harm, says: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  a function of a path
    async with running(tmp_path):
        pass
    harm(tmp_path / "state" / "keys" / "audit.key")
    async with running_whatever(tmp_path) as daemon:
        await until(lambda: asyncio.sleep(0, daemon.stop.engaged))
        assert says in daemon.stop.state().reason
        assert daemon.stop.state().local


@asynccontextmanager
async def running_whatever(folder: Path) -> AsyncIterator[Daemon]:
    """Run the daemon without waiting for its witnesses: nothing may ever reach them."""
    ready: asyncio.Future[Daemon] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    task = asyncio.create_task(serve(settings(folder), folder / "state", ready.set_result, ending))
    try:
        yield await ready
    finally:
        ending.set()
        await task
