"""What a proof tries, and that each thing that may be wrong with a skill fails the case that looks for it."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Unavailable
from claw.house.file import parse_house
from claw.skills.model import Report, Skill, Trace
from claw.skills.proof import SEEDS, Effort, Way
from claw.skills.proving import FULL, TENTH, Prover
from tests.twin_house import MANIFEST, PROGRAM, TESTS, Nobody, Twin, skill

NOW = datetime(2026, 1, 5, 21, 0, tzinfo=UTC)
ANNA = Origin("web", "anna", authenticated=True)


async def proved(one: Skill, house: Twin | None = None, *traces: Trace, effort: Effort = FULL) -> Report:
    return await Prover(house or Twin(), Nobody(), effort).prove(one, traces)


def failed(report: Report) -> dict[str, str]:
    return {f"{case.kind} {case.name}": case.why for case in report.failed()}


def kinds(report: Report) -> set[str]:
    return {case.kind for case in report.failed()}


async def test_a_skill_that_does_what_it_says_is_proved_in_every_way() -> None:
    report = await proved(skill())
    assert failed(report) == {}
    assert report.green
    count = Counter(case.kind for case in report.cases)
    assert count["trouble"] == SEEDS
    assert count["mutant"] > 10
    assert (count["test"], count["idempotence"], count["undo"], count["rights"], count["type"]) == (2, 1, 1, 2, 1)
    assert count["phrases"] == 1


async def test_a_tenth_is_a_tenth_and_always_the_same_one() -> None:
    first, again = await proved(skill(), effort=TENTH), await proved(skill(), effort=TENTH)
    assert Counter(case.kind for case in first.cases)["trouble"] == SEEDS // 10
    assert [case.name for case in first.cases] == [case.name for case in again.cases]
    other = await proved(replace(skill(), hash="1" * 64), effort=TENTH)
    assert [case.name for case in other.cases] != [case.name for case in first.cases]


async def test_a_case_that_does_not_come_as_expected_fails_and_says_how() -> None:
    report = await proved(skill(tests=TESTS.replace("[light.a, light.b]", "light.a")))
    assert "expected light.turn_off(light.a)" in failed(report)["test a.yaml: two lamps are on"]
    assert not any(case.kind == "mutant" for case in report.cases), "what fails anyway catches nothing"


async def test_tests_that_look_at_nothing_catch_no_mutant() -> None:
    weak = "cases: [{name: it runs, said: night night, given: {light.a: on}, expect: {states: {lock.door: locked}}}]"
    report = await proved(skill(tests=weak))
    assert kinds(report) == {"mutant"}
    assert "mutant line 4: light.turn_off is left out" in failed(report)


@pytest.mark.parametrize(
    ("tests", "why"), [("cases: []", "found 0 cases"), ("a: [", "is not YAML"), (None, "it has none")]
)
async def test_a_skill_without_tests_that_can_be_read_is_not_proved(tests: str | None, why: str) -> None:
    one = skill() if tests is None else skill(tests=tests)
    report = await proved(replace(one, tests={}) if tests is None else one)
    assert why in failed(report)["test its tests"]


async def test_a_skill_that_never_comes_to_its_end_is_not_proved() -> None:
    tests = "cases: [{name: no, said: what is this, expect: {ends: missed, calls: []}}]"
    report = await proved(skill(tests=tests))
    assert "trouble houses in trouble" not in failed(report), "it is tried at home all the same"
    assert "mutant" in kinds(report)
    nowhere = skill(tests=tests, manifest=MANIFEST + "parameters: {robot: {type: entity, domain: vacuum}}\n")
    assert failed(await proved(nowhere)) == {
        "trouble houses in trouble": "in none of its tests does it come to its end"
    }


ELSEWHERE = """
house:
  entities:
    - {entity_id: light.z, state: on}
    - {entity_id: light.y, state: off}
    - {entity_id: lock.z, state: unlocked}
    - {entity_id: lock.y, state: locked}
cases:
  - name: elsewhere
    said: night night
    expect: {calls: [{call: light.turn_off, on: light.z}, {call: lock.lock, on: lock.z}]}
"""


async def test_a_skill_whose_tests_play_elsewhere_is_tried_at_home_too() -> None:
    report = await proved(skill(tests=ELSEWHERE))
    assert failed(report) == {}
    names = [case.name for case in report.cases if case.kind == "trouble"]
    assert "the house as it is" in names
    assert any(name.endswith("(the house as it is)") for name in names)
    here = "if find(domain='person'):\n    [][0]\n"
    assert "IndexError" in failed(await proved(skill(here + PROGRAM, tests=ELSEWHERE)))["trouble the house as it is"]


async def test_a_program_that_breaks_off_in_trouble_fails() -> None:
    breaks = PROGRAM.replace('"Good night"', '"Good night" + (find(domain="lock")[0][:0])')
    report = await proved(skill(breaks))
    assert kinds(report) == {"trouble"}
    assert all("IndexError" in why for why in failed(report).values())


async def test_an_act_outside_the_manifest_fails_wherever_it_comes_up() -> None:
    opens = (
        PROGRAM
        + 'if not find(domain="person", state="home"):\n    await call("lock.unlock", "lock.door")\n"Good night"\n'
    )
    report = await proved(skill(opens))
    assert "trouble" in kinds(report)
    assert any("its manifest does not name lock.unlock" in why for why in failed(report).values())


async def test_more_calls_than_its_manifest_allows_fail() -> None:
    many = PROGRAM.replace(
        '    await call("light.turn_off", lights)', '    for one in lights:\n        await call("light.turn_off", one)'
    )
    report = await proved(
        skill(
            many,
            tests=TESTS.replace(
                "{call: light.turn_off, on: [light.a, light.b]}",
                "{call: light.turn_off, on: light.a}, {call: light.turn_off, on: light.b}",
            ),
        )
    )
    assert any("3 calls; 2 are its most" in why for why in failed(report).values())


async def test_an_answer_that_says_more_than_is_true_fails() -> None:
    lying = skill(
        PROGRAM.replace('state="unlocked"', 'state="unlocked", area="attic"'),
        tests=TESTS.replace(", {call: lock.lock, on: lock.door}", ""),
    )
    assert any(
        "it said that it was done, and Door is unlocked" in why
        for why in failed(await proved(lying, Twin(lies=True))).values()
    )


async def test_a_second_run_that_does_it_again_fails() -> None:
    always = PROGRAM.replace('find(domain="lock", state="unlocked")', 'find(domain="lock")')
    tests = TESTS.replace(
        "given: {lock.door: locked}\n    expect: {calls: []}", "expect: {calls: [{call: lock.lock, on: lock.door}]}"
    )
    report = await proved(skill(always, tests=tests))
    assert "idempotence" in kinds(report)
    assert "a second time it called lock.lock(lock.door)" in " ".join(failed(report).values())


async def test_what_cannot_be_taken_back_fails_where_it_is_promised() -> None:
    report = await proved(skill(), Twin(undoes=False))
    assert kinds(report) == {"undo"}
    assert "light.a was on and is off after it was taken back" in " ".join(failed(report).values())


async def test_a_gate_that_lets_it_go_beyond_its_manifest_fails() -> None:
    report = await proved(skill(), Twin(rights=False))
    assert failed(report) == {
        "rights beyond its manifest: lock.unlock(lock.door)": "the gate took it as done",
        "rights beyond its manifest: light.turn_on(light.a)": "the gate took it as done",
    }


async def test_requests_are_replayed_and_must_come_to_the_same() -> None:
    before = {
        "light.a": {"state": "on", "attributes": {}},
        "light.c": {"state": "on"},
        "lock.door": {"state": "locked"},
    }
    calls = (Action("light.turn_off", ("light.a",)), Action("light.turn_off", ("light.c",)))
    good = Trace(7, NOW, "night night", "en", ANNA, "", calls, before)
    assert (await proved(skill(), Twin(), good)).green
    report = await proved(skill(), Twin(), replace(good, calls=calls[:1]), replace(good, id=8, said="open up"))
    assert failed(report) == {
        "replay request 7": "it called light.turn_off(light.c) besides",
        "replay request 8": "it ended as missed (not now)",
    }


async def test_what_was_shown_and_not_said_is_not_asked_again() -> None:
    shown = Trace(0, NOW, "", "en", ANNA, "", (Action("light.turn_off", ("light.c",)),), {})
    assert (await proved(skill(), Twin(), shown)).green


async def test_a_thing_that_is_gone_since_a_request_is_told() -> None:
    gone = Trace(7, NOW, "night night", "en", ANNA, "", (), {"light.sold": {"state": "on"}})
    assert failed(await proved(skill(), Twin(), gone)) == {"replay request 7": "there is no light.sold in this house"}


async def test_phrases_that_are_somebody_elses_fail() -> None:
    nobody = Nobody({"night night": "the word stop"}, {"it is time to sleep": "stop"})
    report = await Prover(Twin(), nobody).prove(skill())
    assert failed(report) == {
        "phrases 'night night' (en)": "it is understood already: the word stop",
        "phrases 'it is time to sleep' (en)": "it may be taken for 'stop'",
    }


async def test_problems_of_its_folder_and_wrong_types_fail() -> None:
    report = await proved(replace(skill(PROGRAM + "# mistyped\n"), problems=("it hides a file",)))
    assert failed(report) == {"rights its files": "it hides a file", "type its types": "line 1: wrong"}


async def test_a_guide_has_only_its_phrases() -> None:
    guide = skill(manifest='version: 1.0.0\nkind: guide\ntriggers: {phrases: {en: ["how do I sleep"]}}')
    assert [case.kind for case in (await proved(guide)).cases] == ["phrases"]


async def test_the_stop_ends_a_proof_at_its_next_run() -> None:
    house, stopped = Twin(), list[bool]()
    prover = Prover(
        house,
        Nobody(),
        halted=lambda: bool(stopped),
        step=lambda *_: stopped.append(True) if len(house.runs) > 4 else None,
    )
    with pytest.raises(Unavailable, match="stopped"):
        await prover.prove(skill())
    assert len(house.runs) < 10


async def test_a_run_that_the_stop_cut_short_says_nothing() -> None:
    """Whatever came of the very last run while the stop was engaged is no reason to call a skill wrong."""
    house = Twin()
    await Prover(house, Nobody(), TENTH).prove(skill())
    last, again = len(house.runs), Twin()
    prover = Prover(again, Nobody(), TENTH, halted=lambda: len(again.runs) >= last)
    with pytest.raises(Unavailable, match="stopped"):
        await prover.prove(skill())


async def test_a_proof_can_be_called_off_and_leaves_nothing_behind() -> None:
    house, going = Twin(), asyncio.Event()

    async def pause() -> None:
        if len(house.runs) >= 5:
            going.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(Prover(house, Nobody(), pause=pause).prove(skill()))
    await going.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(house.runs) <= 6
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []


async def test_progress_is_told_run_by_run() -> None:
    told, house = list[str](), Twin()
    await Prover(house, Nobody(), TENTH, step=lambda kind, name: told.append(f"{kind} {name}")).prove(skill())
    assert told[0] == "phrases night-night"
    assert len(told) == len(house.runs) + 1


async def test_some_runs_go_on_at_a_time_and_their_order_is_kept() -> None:
    live, most = [0], [0]

    async def pause() -> None:
        live[0] += 1
        most[0] = max(most[0], live[0])
        await asyncio.sleep(0)
        live[0] -= 1

    way = Way(Twin(), Nobody(), Effort(at_once=3), lambda: False, lambda *_: None, pause)
    report = await Prover(Twin(), Nobody(), Effort(at_once=3), pause=pause).prove(skill())
    assert way.sample(4, "x") == (0, 1, 2, 3)
    assert most[0] == 3
    seeds = [int(case.name.split(":")[0].removeprefix("seed ")) for case in report.cases if case.kind == "trouble"]
    assert seeds == list(range(SEEDS))


async def test_a_case_about_what_this_house_has_not_fails_and_says_so() -> None:
    tests = TESTS + "  - {name: elsewhere, said: night night, given: {light.z: on}, expect: {calls: []}}\n"
    assert failed(await proved(skill(tests=tests))) == {"test a.yaml: elsewhere": "there is no light.z in this house"}


async def test_only_what_went_as_expected_is_the_ground_for_more() -> None:
    wrong_one = "  - {name: wrong, said: night night, given: {light.c: on}, expect: {calls: []}}\n"
    before = {"light.c": {"state": "on"}, "lock.door": {"state": "locked"}}
    trace = Trace(7, NOW, "night night", "en", ANNA, "", (Action("light.turn_off", ("light.c",)),), before)
    report = await proved(skill(tests=TESTS + wrong_one), Twin(), trace, replace(trace, id=8, calls=()))
    grounds = {case.name.rpartition("(")[2] for case in report.cases if case.kind == "trouble"}
    assert grounds == {"a.yaml: all is well)", "a.yaml: two lamps are on)", "request 7)"}


async def test_what_cannot_be_asked_for_in_trouble_is_no_fault() -> None:
    manifest = MANIFEST + "parameters: {lamp: {type: entity, domain: light}}\n"
    tests = "cases: [{name: one, with: {lamp: light.a}, given: {light.a: on}, expect: {calls: CALLS}}]"
    calls = "[{call: light.turn_off, on: light.a}]"
    one = skill(
        'if state(lamp) == "on":\n    await call("light.turn_off", lamp)\n"Off"',
        manifest,
        tests.replace("CALLS", calls),
    )
    report = await proved(replace(one, manifest=one.manifest.model_copy(update={"after": ()})))
    assert failed(report) == {}
    assert any(case.why.startswith("it cannot be asked for: ") for case in report.cases if case.kind == "trouble")


async def test_there_must_be_something_to_take_back() -> None:
    report = await proved(skill(), Twin(undoes=None))
    assert failed(report) == {"undo a.yaml: two lamps are on": "there was nothing that could be taken back"}


@pytest.mark.parametrize(
    ("undo", "why", "held"),
    [
        ("restore", {}, False),
        ("restore", {"light.a": "changed", "light.b": "changed", "lock.door": "opens"}, False),
        ("restore", dict.fromkeys(("light.a", "light.b", "lock.door"), "opens"), True),
        ("the lamps stay off", dict.fromkeys(("light.a", "light.b", "lock.door"), "effects"), True),
        ("the lamps stay off", {"light.a": "effects", "light.b": "effects"}, False),
    ],
)
async def test_what_stays_as_it_is_was_said_beforehand(undo: str, why: dict[str, str], held: bool) -> None:
    report = await proved(skill(manifest=MANIFEST + f"undo: {undo}\n"), Twin(undoes=False, why=why), effort=TENTH)
    assert [case.held for case in report.cases if case.kind == "undo"] == [held]


async def test_a_skill_without_phrases_takes_none_from_anybody() -> None:
    manifest = "\n".join(line for line in MANIFEST.splitlines() if not line.startswith("triggers"))
    silent = skill(manifest=manifest, tests=TESTS.replace("said: night night", "with: {}"))
    report = await proved(silent, effort=TENTH)
    assert failed(report) == {}
    assert not any(case.kind == "phrases" for case in report.cases)


async def test_where_a_house_has_nothing_beyond_the_manifest_nothing_is_tried() -> None:
    home = parse_house(
        {
            "entities": [{"entity_id": "sensor.x", "state": "1"}],
            "people": [{"id": "anna", "name": "Anna", "role": "owner"}],
        }
    )
    tests = "cases: [{name: looks, said: night night, expect: {calls: []}}]"
    report = await proved(skill(tests=tests), Twin(house=home), effort=TENTH)
    assert [(case.name, case.held) for case in report.cases if case.kind == "rights"] == [("beyond its manifest", True)]


async def test_what_no_program_may_read_may_be_said_again_where_it_changes_nothing() -> None:
    player = {"source_list": ["TV", "Radio"], "source": "Radio", "supported_features": 2048}
    home = parse_house({"entities": [{"entity_id": "media_player.a", "state": "on", "attributes": player}]})
    manifest = """
version: 1.0.0
triggers: {phrases: {en: [night night]}}
may: [{call: media_player.select_source, on: {domain: media_player}, data: {source: {values: [TV]}}}]
"""
    program = 'await call("media_player.select_source", "media_player.a", source="TV")\n"TV"'
    tests = """
cases:
  - name: tv
    said: night night
    expect: {calls: [{call: media_player.select_source, on: media_player.a, data: {source: TV}}]}
"""
    report = await proved(skill(program, manifest, tests), Twin(house=home), effort=TENTH)
    assert [case.held for case in report.cases if case.kind == "idempotence"] == [True]


async def test_a_program_of_which_not_every_mutant_can_be_tried_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.skills.proof.MOST", 3)
    assert "too many for a skill" in failed(await proved(skill()))["mutant its length"]
