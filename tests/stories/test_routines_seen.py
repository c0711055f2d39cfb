"""Who sees what of background work, through the whole daemon: what is said to one person is read by nobody else."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from claw.base.action import Json, Origin
from claw.base.errors import Refused
from claw.channels.call import Call
from claw.channels.socket_answers import of_routines
from claw.daemon.build import Daemon
from tests.living import living

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*", "cover.*"]}
  - {id: messages, allow: claw.notify}
  - {id: look, allow: claw.read}
  - {id: later, allow: ["claw.schedule", "claw.routine_*"]}
"""
SECRET, LAMP = "the oncologist", "light.kitchen_counter"


def person(name: str) -> Origin:
    return Origin("web", name, authenticated=True, source="test", conversation=f"web:{name}", strength="session")


ANNA, BEN, CARL = map(person, ("anna", "ben", "carl"))
KITCHEN = Origin("voice:kitchen", place="kitchen", source="test", conversation="voice")
MIXED: dict[str, Json] = {
    "name": "Evening",
    "when": "21:00",
    "do": [f"light.turn_on {LAMP}", f"say call {SECRET}", f"say to person:anna: call {SECRET}"],
}


async def test_what_is_said_to_one_person_is_read_by_nobody_else(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        desk = daemon.desk.routined
        told = await desk.say(f"remind me to call {SECRET} on Friday", BEN)
        assert told["status"] == "done", told
        made = await desk.add({**MIXED, "do": MIXED["do"][:2]}, BEN)
        assert made["status"] == "done", made
        ran = await desk.decide("run", "evening", BEN)  # nobody listens to messages here
        assert (ran["status"], daemon.mirror.states[LAMP].value) == ("failed", "on")
        assert (await desk.decide("pause", "evening", BEN))["status"] == "done"
        assert SECRET in (await all_of_it(daemon, BEN))
        for viewer in (ANNA, CARL, KITCHEN):
            assert SECRET not in (await all_of_it(daemon, viewer)), viewer
        grown_up = await all_of_it(daemon, ANNA)
        assert "turn on Kitchen Counter" in grown_up
        assert (await all_of_it(daemon, CARL)).count("'id'") == 0
        for deed in ("run", "remove"):
            nothing = await desk.decide(deed, "evening", CARL)
            assert (nothing["status"], nothing["routine"]) == ("refused", None)


async def test_what_is_said_to_somebody_is_theirs_to_read(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        made = await daemon.desk.routined.add({**MIXED, "do": [MIXED["do"][0], MIXED["do"][2]]}, BEN)
        assert made["status"] == "done", made
        assert f'tell Anna: "call {SECRET}"' in (await all_of_it(daemon, ANNA))


async def test_a_grown_up_sees_and_adopts_what_a_voice_made(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        reply = await daemon.desk.say("every day at seven turn on the kitchen counter light", KITCHEN)
        assert reply.status == "done", reply
        desk = daemon.desk.routined
        assert not [row for row in (await desk.listed(CARL)) if row["kind"] == "routine"]
        (row,) = [row for row in (await desk.listed(BEN)) if row["kind"] == "routine"]
        assert (row["made_by"], "adopt" in row["can"], row["expires"] is not None) == (
            "somebody in Kitchen",
            True,
            True,
        )
        adopted = await desk.decide("adopt", row["id"], BEN)
        assert (adopted["status"], adopted["routine"]["adopted_by"], adopted["routine"]["expires"]) == (
            "done",
            "Ben",
            None,
        )


async def all_of_it(daemon: Daemon, viewer: Origin) -> str:
    """All that the surfaces tell a viewer of routines, and the log and the waiting questions."""
    desk = daemon.desk.routined
    rows: list[Any] = [
        *(await desk.listed(viewer, over=True)),
        (await desk.next(viewer)),
        (await desk.history(viewer)),
        (await desk.day(viewer)),
    ]
    for one in daemon.routines.book.all():
        if one.safety:
            continue
        call = Call(do="routine", name=one.id)
        for word in ("routine", "routine_history", "routine_next", "routine_day", "routine_export"):
            try:
                told = of_routines(desk, call, viewer)[word]()
                rows.append(await told if isinstance(told, Awaitable) else told)
            except Refused as error:
                rows.append(str(error))
    return str([rows, daemon.desk.log(limit=1000, viewer=viewer), daemon.desk.cards(viewer)])


async def test_whoever_is_nobody_is_told_of_nothing(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        desk = daemon.desk.routined
        assert (await desk.add(MIXED, BEN))["status"] == "done"
        assert "Evening" in str(await desk.listed(BEN))
        for question in (desk.listed, desk.next, desk.history, desk.day):
            assert "Evening" not in str(await question(Origin("web", "stranger", authenticated=True)))
