"""One run in the real gate and sandbox on devices that misbehave: what is seen of it, and what its answer claims."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from claw.base.errors import Refused
from claw.daemon.build import proved_house
from claw.daemon.proving import Proving, proving
from claw.daemon.proving_actor import Only, origin_of
from claw.gate.children import Children
from claw.policy.people import People, Person
from claw.skills.proving_ground import Asked, Fault, Seen, Setting
from claw.skills.proving_settings import moment, put
from tests.twin_house import HOME, MANIFEST, PROGRAM, skill

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTING = Setting(put(HOME, {"light.a": {"state": "on"}, "light.b": {"state": "on"}}), moment(HOME, None), {}, "open")
NIGHT = Asked("night night")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[Proving]:
    async with proving(None, proved_house, Children(), lambda: False) as found:
        yield found


def calls(seen: Seen) -> list[str]:
    return [f"{one.name} {' '.join(one.entities)}" for one in seen.calls]


async def test_a_sentence_is_matched_run_judged_and_read_back(house: Proving) -> None:
    seen = await house.run(skill(), NIGHT, SETTING)
    assert calls(seen) == ["light.turn_off light.a light.b", "lock.lock lock.door"]
    assert (seen.ends, seen.says, seen.held, seen.problem) == ("done", "Good night", True, "")
    assert seen.after.states["light.a"].value == "off"
    assert seen.after.states["lock.door"].value == "locked"
    assert SETTING.house.states["light.a"].value == "on"


async def test_what_is_no_phrase_of_it_or_lacks_a_value_is_missed(house: Proving) -> None:
    seen = await house.run(skill(), Asked("good morning"), SETTING)
    assert (seen.ends, seen.calls) == ("missed", ())
    needs = skill(manifest=MANIFEST + "parameters: {area: {type: area}}\n")
    assert (await house.run(needs, Asked(arguments={}), SETTING)).ends == "missed"
    assert (await house.run(needs, Asked(arguments={"area": "cellar"}), SETTING)).ends == "missed"
    assert (await house.run(needs, Asked(arguments={"area": "hall"}), SETTING)).arguments == {"area": "hall"}


async def test_what_must_be_so_before_is_asked_first(house: Proving) -> None:
    away = skill(manifest=MANIFEST + "before: [{of: {entity: person.anna}, values: [not_home]}]\n")
    assert (await house.run(away, NIGHT, SETTING)).ends == "missed"
    gone = replace(SETTING, house=put(SETTING.house, {"person.anna": {"state": "not_home"}}))
    assert (await house.run(away, NIGHT, gone)).ends == "done"


async def test_the_rights_of_its_manifest_hold_in_the_gate(house: Proving) -> None:
    opens = skill(PROGRAM + 'await call("lock.unlock", "lock.door")\n"open"\n')
    seen = await house.run(opens, NIGHT, SETTING)
    assert (seen.ends, calls(seen), seen.problem) == ("refused", [], "")
    assert "lock.unlock" in [one.name for one in seen.attempted]
    wide = skill(opens.program, MANIFEST + "confirm: [light.turn_off]\n")
    assert (await house.run(wide, NIGHT, SETTING)).ends == "refused"


async def test_somebody_is_asked_and_an_owner_answers(house: Proving) -> None:
    asks = skill(manifest=MANIFEST + "confirm: [lock.lock]\n")
    waits = await house.run(asks, NIGHT, SETTING)
    assert (waits.ends, calls(waits)) == ("asked", [])
    yes = await house.run(asks, replace(NIGHT, answer=True), SETTING)
    assert (yes.ends, calls(yes)) == ("done", ["light.turn_off light.a light.b", "lock.lock lock.door"])
    no = await house.run(asks, replace(NIGHT, answer=False), SETTING)
    assert (no.ends, calls(no)) == ("refused", [])


@pytest.mark.parametrize(
    ("fault", "ends", "told"),
    [
        (Fault(delay_s=2, travel_s=20), "started", "locked"),
        (Fault(fail="the battery is empty"), "failed", "unlocked"),
        (Fault(travel_s=2, jam=True), "failed", "jammed"),
        (Fault(silent=True), "started", "unlocked"),
        (Fault(dead=True), "failed", "unavailable"),
        (Fault(lost=True), "failed", "locked"),
    ],
)
async def test_what_does_not_work_is_not_said_to_be_done(house: Proving, fault: Fault, ends: str, told: str) -> None:
    seen = await house.run(skill(), NIGHT, replace(SETTING, faults={"lock.door": fault}))
    assert seen.after.states["lock.door"].value == told
    assert seen.ends == ends


async def test_a_program_that_breaks_off_is_told_as_it_is(house: Proving) -> None:
    seen = await house.run(skill("[][1]"), NIGHT, SETTING)
    assert seen.ends == "failed"
    assert seen.problem.startswith("failed: IndexError")


async def test_it_is_taken_back_as_by_a_word_but_no_door_is_opened(house: Proving) -> None:
    seen = await house.run(skill(), replace(NIGHT, undo=True), SETTING)
    assert seen.undone is not None
    assert [seen.undone.states[one].value for one in ("light.a", "light.b", "light.c")] == ["on", "on", "off"]
    assert dict(seen.not_undone) == {"lock.door": "opens"}
    nothing = await house.run(skill('"hello"'), replace(NIGHT, undo=True), SETTING)
    assert nothing.undone is None


async def test_nobody_is_asked_for_who_does_not_live_there(house: Proving) -> None:
    with pytest.raises(Refused, match="nobody who lives here is guest"):
        await house.run(skill(), replace(NIGHT, by="guest"), SETTING)


async def test_who_asks_has_their_own_rights_under_the_rules_of_the_house(house: Proving) -> None:
    rules = replace(SETTING, house=await house.home(), rules="demo")
    assert (await house.run(skill(), NIGHT, rules)).ends == "done"
    assert (await house.run(skill(), replace(NIGHT, by="child"), rules)).ends == "refused"


async def test_a_person_is_meant_by_id_or_role_and_nobody_is_a_voice() -> None:
    people = People([Person("anna", "Anna", "owner"), Person("ben", "Ben", "adult")])
    assert [origin_of(Asked(by=one), people).person for one in ("owner", "ben", "adult")] == ["anna", "ben", "ben"]
    voice = origin_of(Asked(by="nobody", place="hall"), people)
    assert (voice.person, voice.authenticated, voice.place, voice.channel) == (None, False, "hall", "voice:proof")


async def test_messages_are_calls_like_any_other(house: Proving) -> None:
    manifest = "version: 1.0.0\ntriggers: {phrases: {en: [night night]}}\nmay: [{call: claw.notify, data: {DATA}}]\n"
    tells = skill(
        'await notify("The door is open", to="everyone")\n"told"',
        manifest.replace("DATA", ", ".join(f"{one}: {{any: true}}" for one in ("to", "text", "kind", "urgency"))),
    )
    seen = await house.run(tells, NIGHT, SETTING)
    assert [one.name for one in seen.calls] == ["claw.notify"], seen
    assert seen.calls[0].data["text"] == "The door is open"


async def test_each_run_begins_anew(house: Proving) -> None:
    rests = skill(manifest=MANIFEST.replace("limits: {calls: 2}", "limits: {calls: 2, per_hour: 1, cooldown: 1 h}"))
    assert [(await house.run(rests, NIGHT, SETTING)).ends for _ in range(2)] == ["done", "done"]


async def test_what_is_on_its_way_is_followed_to_its_end(house: Proving) -> None:
    silent = replace(SETTING, faults={"lock.door": Fault(silent=True)})
    seen = await house.run(skill(), NIGHT, silent)
    assert (seen.ends, seen.held) == ("started", False)
    assert seen.unheld
    arrives = await house.run(skill(), NIGHT, replace(SETTING, faults={"lock.door": Fault(travel_s=10)}))
    assert (arrives.ends, arrives.held, arrives.unheld) == ("started", True, ())


async def test_a_program_that_waits_goes_on_after_its_answer(house: Proving) -> None:
    waits = skill('await wait_until("light.c", state="on", seconds=30)\nawait call("lock.lock", "lock.door")\n"x"')
    seen = await house.run(waits, NIGHT, SETTING)
    assert (seen.ends, calls(seen)) == ("started", ["lock.lock lock.door"])
    assert seen.after.states["lock.door"].value == "locked"


async def test_a_house_of_one_skill_knows_no_other() -> None:
    one = Only(skill())
    assert one.whole("night-night") is one.skill
    with pytest.raises(Refused):
        one.whole("another")
