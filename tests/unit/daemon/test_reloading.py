"""The policy file is changed while the daemon lives: through its own watch, on a simulated house."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from claw.base.action import Action
from claw.base.errors import Broken, Invalid
from claw.daemon.build import Daemon
from claw.daemon.reloading import LOOK_S, check_whole
from claw.house.model import House
from claw.house.simulated import SimulatedHouse
from tests.held_clock import HeldClock
from tests.living import CONSOLE, OWNER, living
from tests.running import running

HOUSE = """\
areas: [{id: hall, name: Hall}]
entities:
  - {entity_id: lock.front_door, registry_id: r1, name: Front door, area: hall, state: locked,
     attributes: {supported_features: 1}}
  - {entity_id: light.lamp, registry_id: r2, name: Lamp, area: hall, state: "off"}
"""
POLICY = """\
version: 1
rules:
  - {id: lamps, allow: light.*}
  - {id: locks, confirm: lock.*}
  - {id: never-open, deny: lock.open}
tests:
  - {action: light.turn_on, entities: light.lamp, expect: allow}
"""
DARK = POLICY.replace("allow: light.*", "deny: light.*").replace("expect: allow", "expect: deny")


@asynccontextmanager
async def at_home(folder: Path, policy: str = POLICY) -> AsyncIterator[Daemon]:
    (folder / "house.yaml").write_text(HOUSE, encoding="utf-8")
    async with living(folder, policy, folder / "house.yaml") as daemon:
        yield daemon


async def write(daemon: Daemon, text: str) -> None:
    """Change the file as an editor does, and let the watch see it stand still."""
    daemon.reloading.path.write_text(text, encoding="utf-8")
    await daemon.reloading.look()
    await daemon.reloading.look()


def effect(daemon: Daemon, name: str = "light.turn_on", entity: str = "light.lamp") -> str:
    return daemon.desk.explain(Action(name, (entity,)), OWNER)["decision"]["effect"]


def problem(daemon: Daemon) -> str:
    return daemon.desk.status()["policy_problem"]


async def kinds(daemon: Daemon, kind: str) -> list[dict[str, object]]:
    await daemon.audit.append("note", {})  # what was only noted is on disk behind it
    return [dict(entry.payload or {}) for entry in daemon.audit.entries(kinds=(kind,))]


async def test_a_changed_file_is_in_force_without_a_restart_and_in_the_log(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        before = daemon.desk.status()["policy"]
        await write(daemon, DARK)
        assert effect(daemon) == "deny"
        assert (await daemon.desk.say("turn on the lamp", OWNER)).status == "refused"
        after = daemon.desk.status()["policy"]
        assert (after != before, problem(daemon)) == (True, "")
        rows = list(daemon.audit.entries(kinds=("policy",)))
        said = {"file": sha256(DARK.encode()).hexdigest(), "rules": 3, "never": 0, "tests": 1}
        assert [entry.payload for entry in rows] == [{"before": before, "after": after, **said}]
        assert rows[0].versions == {"policy": after}
        refusal = daemon.audit.entries(kinds=("refusal",))[0]
        assert refusal.versions["policy"] == after


async def test_every_row_names_the_policy_under_which_it_was_written(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        first = daemon.desk.status()["policy"]
        await daemon.desk.say("turn on the lamp", OWNER)
        asked = await daemon.desk.act([Action("lock.unlock", ("lock.front_door",))], OWNER)
        await daemon.desk.answer(asked.pending[0].id, CONSOLE, yes=True)
        await daemon.audit.append("note", {})
        rows = daemon.audit.entries()
        assert {"intent", "outcome", "request", "question", "answer"} <= {row.kind for row in rows}
        assert {row.versions.get("policy") for row in rows} == {first}
        await write(daemon, DARK)
        await daemon.desk.say("turn off the lamp", OWNER)
        later = daemon.audit.entries(rows[-1].seq)
        assert {row.versions.get("policy") for row in later} == {daemon.desk.status()["policy"]}
        assert later[-1].payload is not None
        assert later[-1].payload["effect"] == "deny"


async def test_a_pipe_in_the_place_of_the_file_holds_up_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        path = daemon.reloading.path
        path.unlink()
        os.mkfifo(path)
        try:
            async with asyncio.timeout(5):
                await daemon.reloading.look()
                await daemon.reloading.look()
            assert "is no file" in problem(daemon)
        finally:
            (tmp_path / "good.yaml").write_text(DARK, encoding="utf-8")
            handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # lets a reader that hangs on it go
            (tmp_path / "good.yaml").replace(path)
            os.close(handle)
        await daemon.reloading.look()
        await daemon.reloading.look()
        assert (effect(daemon), problem(daemon)) == ("deny", "")


async def test_a_file_that_still_changes_is_not_read(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        path = daemon.reloading.path
        await daemon.reloading.look()
        path.write_text(DARK, encoding="utf-8")
        await daemon.reloading.look()
        assert effect(daemon) == "allow"
        path.write_text(DARK + "\n", encoding="utf-8")
        await daemon.reloading.look()
        assert effect(daemon) == "allow"
        await daemon.reloading.look()
        assert effect(daemon) == "deny"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "version"),
        ("\n", "version"),
        ("version: 1\n", "half written"),
        (POLICY.replace("light.*", "[light.*"), "is not YAML"),
        (POLICY.replace("confirm:", "conform:"), "policy.yaml:4: found the unknown key 'conform'"),
        (POLICY.replace("expect: allow", "expect: deny"), "policy.yaml:7: the test"),
        (POLICY.replace("version: 1\n", ""), "version"),
        (POLICY.replace("light.lamp,", "light.lump,"), "policy.yaml:7"),
        (POLICY.partition("  - {id: never-open")[0], "half written"),
        (POLICY.replace("lamps", "all").partition("  - {id: never-open")[0], "half written"),
    ],
)
async def test_a_bad_file_never_comes_into_force_and_the_last_good_one_stays(
    tmp_path: Path, text: str, words: str
) -> None:
    async with at_home(tmp_path) as daemon:
        before = daemon.desk.status()["policy"]
        await write(daemon, text)
        await daemon.reloading.look()
        await daemon.reloading.now(CONSOLE)
        assert (effect(daemon), effect(daemon, "lock.open", "lock.front_door")) == ("allow", "deny")
        assert daemon.desk.status()["policy"] == before
        assert words in problem(daemon)
        refused = await kinds(daemon, "policy_refused")
        assert len(refused) == 1, "once, however often it is looked at"
        assert words in str(refused[0]["why"])
        assert await kinds(daemon, "policy") == []
        await write(daemon, POLICY)
        assert problem(daemon) == ""
        await write(daemon, DARK)
        assert effect(daemon) == "deny"


@pytest.mark.parametrize("cut", range(1, len(DARK)))
def test_no_beginning_of_a_file_says_less_than_all_its_rules(cut: int) -> None:
    """However far the writing of a changed file came: either it is refused, or every rule of it is there."""
    try:
        document = check_whole(DARK[:cut], "p", POLICY)
    except Invalid:
        return
    assert [rule.id for rule in document.value.rules] == ["lamps", "locks", "never-open"]


def test_a_file_without_tests_is_taken_unless_it_is_the_beginning_of_the_one_in_force() -> None:
    before = "version: 1\nrules:\n  - {id: a, allow: light.*}\n  - {id: b, deny: lock.*}\n"
    check_whole(before.replace("light.*", "fan.*"), "p", before)
    check_whole(before + "\n", "p", before)
    for cut in (before[:-2] + "}", before.partition("  - {id: b")[0]):
        with pytest.raises(Invalid, match="half written"):
            check_whole(cut, "p", before)
    check_whole('{"version": 1, "rules": []}', "p", before)


async def test_a_file_that_is_gone_leaves_the_last_good_one(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        daemon.reloading.path.unlink()
        for _ in range(4):
            await daemon.reloading.look()
        assert effect(daemon) == "allow"
        assert "cannot be read" in problem(daemon)
        assert len(await kinds(daemon, "policy_refused")) == 1
        await write(daemon, POLICY)
        assert problem(daemon) == ""


async def test_what_could_not_be_logged_does_not_come_into_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_home(tmp_path) as daemon:

        async def full(*_: object, **__: object) -> int:
            raise Broken("the disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(daemon.audit, "append", full)
            await write(daemon, DARK)
            assert effect(daemon) == "allow"
            assert "the disk is full" in problem(daemon)
        await daemon.reloading.look()
        assert (effect(daemon), problem(daemon)) == ("deny", "")


async def test_a_question_that_the_new_policy_denies_is_void(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        reply = await daemon.desk.act([Action("lock.unlock", ("lock.front_door",))], OWNER)
        assert len(reply.pending) == 1
        await write(daemon, POLICY.replace("confirm: lock", "deny: lock"))
        assert daemon.desk.pending() == []
        assert daemon.mirror.states["lock.front_door"].value == "locked"


async def test_a_question_that_the_new_policy_asks_as_well_still_stands(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        reply = await daemon.desk.act([Action("lock.unlock", ("lock.front_door",))], OWNER)
        await write(
            daemon, POLICY.replace("allow: light", "confirm: light").replace("expect: allow", "expect: confirm")
        )
        assert [one.id for one in daemon.desk.pending()] == [reply.pending[0].id]


async def test_a_changed_file_means_things_by_their_present_names(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        house = await daemon.backend.snapshot()
        lamp = replace(house.registry.entities["light.lamp"], entity_id="light.reading")
        entities = {key: one for key, one in house.registry.entities.items() if key != "light.lamp"}
        registry = replace(house.registry, entities={**entities, "light.reading": lamp})
        assert isinstance(daemon.backend, SimulatedHouse)
        daemon.backend.replace(House(registry, {**house.states, "light.reading": house.states["light.lamp"]}))
        assert daemon.mirror.registry.entities["light.reading"].former == "light.lamp"
        await write(daemon, DARK)
        assert "light.lamp" in problem(daemon), "by the names of today there is no such lamp"
        assert effect(daemon, entity="light.reading") == "allow"
        await write(daemon, DARK.replace("light.lamp", "light.reading"))
        assert problem(daemon) == ""
        assert effect(daemon, entity="light.reading") == "deny"
        assert daemon.mirror.registry.entities["light.reading"].former is None


async def test_a_file_that_was_too_early_counts_once_the_house_has_what_it_names(tmp_path: Path) -> None:
    early = POLICY.replace("tests:", "  - {id: attic, deny: fan.*, on: {entity: fan.attic}}\ntests:")
    async with at_home(tmp_path) as daemon:
        await write(daemon, early)
        assert "fan.attic" in problem(daemon)
        house = await daemon.backend.snapshot()
        fan = replace(house.registry.entities["light.lamp"], entity_id="fan.attic", registry_id="r9")
        registry = replace(house.registry, entities={**house.registry.entities, "fan.attic": fan})
        assert isinstance(daemon.backend, SimulatedHouse)
        states = {**house.states, "fan.attic": house.states["light.lamp"]}
        daemon.backend.replace(House(registry, states))
        await daemon.reloading.look()
        assert problem(daemon) == ""
        assert effect(daemon, "fan.turn_on", "fan.attic") == "deny"


async def test_the_watch_looks_by_itself_and_at_once_when_woken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_home(tmp_path) as daemon:
        clock = HeldClock()
        monkeypatch.setattr(daemon.reloading, "_timer", clock)
        watch = asyncio.create_task(daemon.reloading.run())

        async def until(wanted: str, seconds: float) -> None:
            for _ in range(200):
                if effect(daemon) == wanted:
                    return
                await clock.advance(seconds)
                await asyncio.sleep(0.01)
            raise AssertionError(f"never became {wanted}")

        daemon.reloading.path.write_text(DARK, encoding="utf-8")
        await until("deny", LOOK_S)
        daemon.reloading.path.write_text(POLICY, encoding="utf-8")
        begun = clock.monotonic()
        daemon.reloading.wake()
        await until("allow", 0.05)
        assert clock.monotonic() - begun < LOOK_S
        watch.cancel()


def test_the_running_daemon_watches_its_file_and_takes_a_hangup_as_a_hint(tmp_path: Path) -> None:
    (tmp_path / "house.yaml").write_text(HOUSE)
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    uid = os.getuid()
    (tmp_path / "config.yaml").write_text(
        "house: {simulated: house.yaml}\nlisten: {port: 0}\n"
        f"people: [{{id: anna, name: Anna, role: owner, uid: {uid}}}]\n"
    )
    with running(tmp_path / "state", ("run", "--config", str(tmp_path / "config.yaml"))) as claw:
        before = claw.status()["policy"]
        policy.write_text(DARK)
        claw.process.send_signal(signal.SIGHUP)
        assert _within(20, lambda: claw.status()["policy"] != before)
        assert claw.say("turn on the lamp")["status"] == "refused"
        policy.write_text(POLICY)
        assert _within(20, lambda: claw.status()["policy"] == before)
        assert claw.say("turn on the lamp")["status"] == "done"
        policy.write_text(POLICY[:40])
        claw.process.send_signal(signal.SIGHUP)
        assert _within(20, lambda: "policy.yaml" in claw.status()["policy_problem"])
        assert "policy.yaml" in claw.run("status").stdout
        assert claw.say("turn off the lamp")["status"] == "done"


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False
