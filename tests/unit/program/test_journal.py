from dataclasses import replace
from pathlib import Path

from claw.audit.entries import Entry
from claw.gate.trace import trace
from claw.program.ran import Written
from tests.gate_room import OWNER
from tests.running_programs import WIDE, ProgramRoom, program_room

BY = Written("small", "ab" * 32)
KINDS = ("program", "rehearsal", "calls", "ended")


async def run(room: ProgramRoom, source: str, said: str = "do it") -> list[Entry]:
    """Run a program and return what the log holds of it."""
    await room.programs.run(source, OWNER, said, BY)
    await room.room.written()
    return entries(room)


def entries(room: ProgramRoom) -> list[Entry]:
    return room.room.audit.entries(0, 1000)


def payload(entries: list[Entry], kind: str) -> dict[str, object]:
    (found,) = [one for one in entries if one.kind == kind]
    assert found.payload is not None
    return dict(found.payload)


async def test_a_program_is_on_disk_before_anything_of_it_runs_and_above_everything_that_it_did(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        found = await run(room, 'x = state("light.lamp")\nawait call("light.turn_on", "light.lamp")\n"said"')
        program = found[0]
        assert [one.kind for one in found] == ["program", "rehearsal", "intent", "outcome", "calls", "ended"]
        assert (program.versions["model"], program.versions["prompt"]) == (BY.model, BY.prompt)
        assert program.versions["policy"] == room.room.judge.policy.hash
        assert {one.parent for one in found if one.kind not in {"program", "outcome"}} == {program.seq}
        names = {one.payload["run"] for one in found if one.payload and one.kind != "outcome"}
        assert names == {program.origin.task if program.origin else ""}
        assert payload(found, "rehearsal")["acts"] == [
            {"line": 2, "action": {"name": "light.turn_on", "entities": ["light.lamp"], "data": {}}}
        ]
        assert payload(found, "calls")["calls"] == [
            {"line": 1, "call": "state", "times": 1, "entries": []},
            {"line": 2, "call": "call", "times": 1, "entries": [found[2].seq]},
        ]
        assert payload(found, "ended")["how"] == "ended"


async def test_codes_are_in_none_of_it(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        found = await run(room, '# 4711\nraise ValueError("4711")', said="unlock with 4711")
        assert "4711" not in str([(one.payload, one.versions) for one in found])
        assert payload(found, "program")["source"] == '# ****\nraise ValueError("****")'
        assert payload(found, "ended")["how"] == "failed"


async def test_a_program_that_does_not_fit_the_house_is_told_with_the_reason(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        found = await run(room, 'await call("light.turn_on", "light.lamb")')
        assert [one.kind for one in found] == ["program", "ended"]
        assert payload(found, "ended")["how"] == "mistyped"
        assert "light.lamb" in str(payload(found, "ended")["why"])


async def test_a_loop_is_one_row_however_often_it_turns(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        found = await run(room, 'for _ in range(20):\n    state("light.lamp")')
        assert payload(found, "calls")["calls"] == [{"line": 2, "call": "state", "times": 20, "entries": []}]


async def test_a_question_and_its_yes_are_below_the_program_and_so_is_what_came_of_them(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        ran = await room.programs.run('await call("lock.unlock", "lock.door")', OWNER, "open", BY)
        assert ran.pending is not None
        await room.yes(ran.pending)
        await room.room.written()
        found = entries(room)
        assert [one.kind for one in found][:4] == ["program", "rehearsal", "request", "question"]
        told = [trace(one.seq, room.room.audit) for one in found]
        assert {one["root"] for one in told} == {found[0].seq}
        (line,) = told[0]["program"]
        assert [thing["seen"] for thing in line["things"]] == ["unlocked"]
        rows = [one for one in found if one.kind in {"request", "question", "intent"}]
        assert [(one.payload or {}).get("run") for one in rows] == [ran.id] * 3


async def test_what_the_house_refuses_is_below_the_program(tmp_path: Path) -> None:
    async with program_room(tmp_path, WIDE) as room:
        found = await run(room, 'await call("lock.unlock", "lock.safe")')
        refusal = next(one for one in found if one.kind == "refusal")
        assert refusal.parent == found[0].seq
        told = trace(refusal.seq, room.room.audit)
        assert (told["root"], told["ended"]["how"]) == (found[0].seq, "denied")
        assert told["asked_for"][0]["action"]["name"] == "lock.unlock"
        assert [one["name"] for one in told["program"][0]["rehearsed"]] == ["lock.unlock"]


async def test_what_a_stranger_had_a_part_in_says_so(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        found = await run(room, 'text = await read("calendar")\nawait text.show()')
        ended = next(one for one in found if one.kind == "ended")
        assert ended.origin is not None
        assert any("calendar" in mark for mark in ended.origin.taint)


async def test_what_stands_beside_a_program_for_its_run_is_found_from_both_sides(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        found = await run(room, 'await call("light.turn_on", "light.lamp")')
        program, audit = found[0], room.room.audit
        assert program.origin is not None
        read = {"action": {"name": "claw.read", "entities": [], "data": {"source": "calendar"}}}
        own = await audit.append("intent", read, origin=program.origin)
        other = await audit.append("intent", read, origin=replace(program.origin, task="another"))
        assert [trace(one, audit)["root"] for one in (own, other)] == [program.seq, other]
        acts = [one["action"]["name"] for one in trace(program.seq, audit)["acts"]]
        assert acts == ["light.turn_on", "claw.read"]
