"""That the memory of the daemon is wired: what is told is kept through the gate, found, and gone when forgotten."""

from pathlib import Path

from tests.living import NOBODY, OWNER, living


async def test_what_somebody_tells_is_kept_through_the_gate_and_told_again(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        reply = await daemon.desk.say("remember that Sam is allergic to nuts", OWNER)
        assert reply.status == "done"
        kinds = [(one.kind, (one.payload or {}).get("action", {}).get("name")) for one in daemon.audit.entries(0, 100)]
        assert ("intent", "claw.remember") in kinds
        assert "nuts" in (await daemon.desk.say("what do you know about Sam?", OWNER)).text
        assert "nuts" not in (await daemon.desk.say("what do you know about Sam?", NOBODY)).text


async def test_nothing_is_kept_while_claw_is_stopped(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        daemon.stop.engage("test", OWNER)
        reply = await daemon.desk.say("remember that Sam is allergic to nuts", OWNER)
        assert reply.status in {"stopped", "refused"}
        assert daemon.memory.store.facts.active() == []


async def test_who_lives_here_is_known_from_the_first_start(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        lived = daemon.memory.store.residents.lived(daemon.clock.now())
        assert {one.person for one in lived} == {
            one.id for one in daemon.people if one.role in {"owner", "adult", "child"}
        }
