"""What runs dry is judged and told, and moves nothing."""

from dataclasses import replace
from pathlib import Path

from claw.base.action import Origin
from tests.doing_room import LAMP, UNLOCK, acting, acts, spec
from tests.gate_room import CHILD, LAMP_ON, OWNER

SAYS = {"say": "It is dark."}


def asking(**more: object) -> dict[str, object]:
    return {"prompt": "Is it to be watered?", "gate": "state('sensor.rain') < 1", **more}


async def test_a_dry_run_says_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        forbidden = {"action": "switch.turn_off", "entities": ["switch.freezer"]}
        routine = room.routine([acts(LAMP), acts(UNLOCK), acts(forbidden), SAYS, asking()], state="paused")
        before = room.room.kinds()
        done = await room.doing.dry(routine)
        assert (done.status, room.room.kinds()) == ("shadow", before)
        assert [word in one for word, one in zip(["lamp", "asked first", "would be refused", "tell", "model"],
               [one.lower() for one in done.would], strict=True)] == [True] * 5  # fmt: skip
        assert "no rule allows" in done.reason
        assert not room.thoughts.asked
        assert not room.room.questions.standing


async def test_what_is_not_made_yet_runs_dry_as_whoever_wants_it(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        assert (await room.doing.rehearse(spec([acts(LAMP)]), OWNER)).reason == ""
        assert "no rule allows" not in (await room.doing.rehearse(spec([acts(UNLOCK)]), OWNER)).reason
        assert (await room.doing.rehearse(spec([acts(UNLOCK)]), CHILD)).reason != ""
        assert room.book.all() == ()


async def test_a_new_routine_runs_dry_shows_what_it_would_have_done_and_then_acts(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        routine = room.routine([acts(LAMP)], state="shadow", shadow_left=2, shadow=2)
        assert [(await room.do(routine))[1].status for _ in range(2)] == ["shadow", "shadow"]
        assert not room.room.hand.sent
        assert [one.to for one in room.told] == ["person:anna"]
        assert "ran dry 2 times and acts by itself" in room.told[0].text
        assert "turn on the lamp" in room.told[0].text
        assert (await room.do(routine))[1].status == "done"
        assert room.book.kept("evening").get("dry") is None


async def test_what_would_have_been_refused_goes_on_running_dry(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        routine = room.routine([acts(UNLOCK)], CHILD, state="shadow", shadow_left=1, shadow=3)
        assert (await room.do(routine))[1].status == "shadow"
        found = room.book.get("evening")
        assert found is not None
        assert (found.state, found.shadow_left) == ("shadow", 3)
        assert "goes on so, because something would be refused" in room.told[0].text


async def test_what_runs_dry_can_not_act_however_it_is_tried(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.routine([acts(LAMP)], state="shadow", shadow_left=1, shadow=1)
        origin = Origin("routine", "anna", authenticated=True, source="routine:evening", routine="evening")
        outcome = await room.room.one(LAMP_ON, origin)
        assert (outcome.status, "runs dry" in outcome.detail) == ("refused", True)
        assert (await room.room.one(LAMP_ON, replace(OWNER, task="run:1"))).status == "done"
