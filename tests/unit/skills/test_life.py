"""How a skill becomes trusted, and what takes it back: step by step, with everything real but the house."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.program.ran import Problem, Ran
from claw.skills.life import AGREEMENTS
from claw.skills.lock import fresh, write_lock
from claw.skills.ran import SkillRan
from claw.skills.runs import SkillRun
from tests.gate_room import LAMP_OFF, LAMP_ON
from tests.life_room import ANNA, BEN, CARL, GUS, NAME, POLICY, VOICE, LifeRoom, drafted, life_room, state_of
from tests.skill_folders import MANIFEST, skill_files, write_files

DAY_S = 86_400


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


async def test_what_was_learned_is_proved_and_then_runs_dry(room: LifeRoom) -> None:
    standing = await room.learned()
    assert (standing.state, standing.people, standing.accepted_by) == ("shadow", ("anna",), "")
    assert room.whats() == ["learned", "tested", "shadow"]
    assert room.prover.proved == [standing.hash]
    assert [entry["what"] for entry in await room.entries()] == ["tested", "shadow"]
    assert "does not run by itself" in str(room.skills.life.may_run(room.skill(), ANNA))


async def test_a_proof_that_is_not_green_leaves_a_draft_and_says_so_to_who_asked(room: LifeRoom) -> None:
    room.prover.red()
    standing = await room.learned()
    assert (standing.state, standing.why) == ("draft", "its proof failed: ordinary: light.lamp is off")
    assert room.whats() == ["learned", "failed"]
    [told] = room.told
    assert told.to == "conversation:c1"
    assert "does not pass its proof" in told.text


async def test_a_skill_that_was_not_asked_for_and_fails_bothers_nobody(room: LifeRoom) -> None:
    room.prover.red()
    await room.skills.life.propose(drafted(), ANNA, asked=False)
    await room.proved()
    assert room.told == []


async def test_three_agreements_make_it_run_for_those_who_made_it_and_for_nobody_else(room: LifeRoom) -> None:
    await room.learned()
    room.told.clear()
    for count in range(1, AGREEMENTS):
        await room.agree()
        assert (room.standing().state, room.standing().agreed) == ("shadow", count)
    await room.agree()
    assert room.standing().state == "trusted"
    assert room.whats()[-1] == "trusted"
    assert "by myself from now on" in room.told[0].text
    skill, may = room.skill(), room.skills.life.may_run
    assert may(skill, ANNA) is None
    for other in (BEN, CARL, GUS, VOICE, replace(ANNA, authenticated=False), replace(ANNA, taint=("mail",))):
        assert "no owner has taken it" in str(may(skill, other))


async def test_a_dry_run_that_differs_begins_the_count_anew(room: LifeRoom) -> None:
    await room.learned()
    await room.agree()
    await room.agree()
    await room.agree(brightness=50)
    assert (room.standing().state, room.standing().agreed) == ("shadow", 0)
    [last, *_] = room.skills.runs.of(NAME, mode="shadow")
    assert (last.held, last.outcome) == (False, "differs")


@pytest.mark.parametrize(
    "other",
    [
        BEN,
        CARL,
        GUS,
        VOICE,
        replace(ANNA, channel="voice:hall"),
        replace(ANNA, channel="screen:hall"),
        replace(ANNA, authenticated=False),
        replace(ANNA, taint=("calendar",)),
        replace(ANNA, asks_only=True),
        replace(ANNA, routine="evening"),
        replace(ANNA, skill="other"),
    ],
    ids=lambda other: f"{other.person}-{other.channel}",
)
async def test_only_its_own_peoples_own_untainted_word_is_an_agreement(room: LifeRoom, other: Origin) -> None:
    await room.learned()
    for _ in range(AGREEMENTS):
        await room.agree(other)
    assert (room.standing().state, room.standing().agreed) == ("shadow", 0)
    assert room.skills.runs.of(NAME, mode="shadow") == []


async def test_what_asks_for_a_yes_is_never_trusted_by_itself(room: LifeRoom) -> None:
    manifest = MANIFEST.replace("after:", "confirm: [light.turn_on]\nafter:")
    await room.learned(draft=drafted(manifest=manifest))
    for _ in range(AGREEMENTS + 2):
        await room.agree()
    assert (room.standing().state, room.standing().agreed) == ("shadow", AGREEMENTS + 2)
    waits = [told for told in room.told if "owner's yes" in told.text]
    assert len(waits) == 1
    standing = room.standing()
    decided = await room.skills.deciding.do("accept", NAME, ANNA, hash=standing.hash)
    assert decided.standing is not None
    assert decided.standing.state == "trusted"


async def test_what_the_rules_want_a_yes_for_is_never_trusted_by_itself(room: LifeRoom) -> None:
    room.rules(POLICY.replace('allow: ["light.*", "cover.*"]', 'allow: "cover.*"') + "  - {id: c, confirm: light.*}\n")
    await room.learned()
    skill = room.skill()
    agreement = SkillRun(skill.name, skill.version, skill.hash, "shadow", "agreed", held=True)
    for _ in range(AGREEMENTS):
        await room.skills.life.agreed(skill, agreement, ANNA)
    assert room.standing().state == "shadow"
    assert "the rules want a yes for light.turn_on" in room.standing().why


async def test_two_of_the_last_five_that_did_not_do_what_they_should_take_its_trust_away(room: LifeRoom) -> None:
    await room.trusted()
    room.told.clear()
    await room.run(held=False)
    for _ in range(3):
        await room.run()
    assert room.standing().state == "trusted"
    await room.run(held=False)
    standing = room.standing()
    assert (standing.state, standing.agreed) == ("shadow", 0)
    assert "2 of its last runs did not do what they should (the lamp is not on)" in standing.why
    assert room.whats()[-1] == "demoted"
    assert "by myself any more" in room.told[0].text
    assert room.told[0].to == "person:anna"


async def test_failures_that_are_more_than_five_runs_apart_do_not_count_together(room: LifeRoom) -> None:
    await room.trusted()
    await room.run(held=False)
    for _ in range(5):
        await room.run()
    await room.run(held=False)
    assert room.standing().state == "trusted"


async def test_an_error_of_its_own_program_counts_as_a_failed_run(room: LifeRoom) -> None:
    await room.trusted()
    for _ in range(2):
        ran = Ran("r", problem=Problem("failed", "it divided by zero"))
        who = replace(ANNA, skill=NAME)
        await room.skills.life.ran(SkillRan(room.skill(), {}, who, "reading light", "t", ran))
    assert room.standing().state == "shadow"


async def test_what_the_rules_or_a_person_refused_says_nothing_against_it(room: LifeRoom) -> None:
    await room.trusted()
    for _ in range(3):
        ran = Ran("r", problem=Problem("denied", "no"))
        who = replace(ANNA, skill=NAME)
        await room.skills.life.ran(SkillRan(room.skill(), {}, who, "reading light", "t", ran))
    assert room.standing().state == "trusted"


async def _taken_back(room: LifeRoom) -> None:
    """Run it for real, and have Anna turn the lamp off again soon after."""
    lamp = await room.one(LAMP_ON, replace(ANNA, skill="", conversation="by skill"))
    await room.run(done=(lamp,))
    await room.clock.advance(60)
    await room.one(LAMP_OFF, ANNA)
    await room.clock.advance(5)


async def test_three_runs_that_people_took_back_take_its_trust_away(room: LifeRoom) -> None:
    await room.trusted()
    for _ in range(2):
        await _taken_back(room)
    assert room.standing().state == "trusted"
    await _taken_back(room)
    await room.clock.settle()
    assert room.standing().state == "shadow"
    assert "taken back or changed by hand" in room.standing().why
    assert all(run.undone is not None for run in room.skills.runs.of(NAME, mode="real"))


async def test_what_it_was_trusted_for_and_then_taken_back_was_no_agreement(room: LifeRoom) -> None:
    await room.learned()
    await room.agree()
    await room.agree()
    skill = room.skill()
    dry = (Action("light.turn_on", ("light.lamp",), {"brightness_pct": 30}),)
    room.skills.shadow.begin(skill, {}, dry, ANNA, "reading light")
    lamp = await room.one(Action("light.turn_on", ("light.lamp",), {"brightness_pct": 30}), ANNA)
    await room.skills.shadow.finished(ANNA, "reading light", (lamp,))
    assert room.standing().state == "trusted"
    await room.clock.advance(60)
    await room.one(LAMP_OFF, ANNA)
    await room.clock.advance(5)
    assert room.standing().state == "shadow"
    assert "was taken back" in room.standing().why


async def test_tighter_rules_take_its_trust_away_and_say_why(room: LifeRoom) -> None:
    await room.trusted()
    room.told.clear()
    deny = "  - {id: dark, deny: light.turn_on, why: the lamps stay off}\n"
    room.rules(POLICY + deny)
    room.skills.life.look_at_rules()
    await room.clock.settle()
    standing = room.standing()
    assert standing.state == "shadow"
    assert "do not allow light.turn_on any more (the lamps stay off)" in standing.why
    assert "the lamps stay off" in room.told[0].text
    assert room.whats()[-1] == "demoted"


@pytest.mark.parametrize(
    "rule",
    [
        "{id: x, deny: light.turn_on, when: {between: ['22:00', '06:00']}}",
        "{id: x, deny: light.turn_on, when: {states: {switch.freezer: on}}}",
        "{id: x, deny: light.turn_on, more_than: {times: 1, per: 1 min}}",
        "{id: x, deny: light.turn_on, who: {role: child}}",
        "{id: x, deny: light.turn_on, beyond: {brightness_pct: {max: 50}}}",
        "{id: x, deny: cover.*}",
    ],
)
async def test_rules_that_leave_it_some_hour_state_or_value_take_nothing_away(room: LifeRoom, rule: str) -> None:
    await room.trusted()
    room.rules(f"{POLICY}  - {rule}\n")
    room.skills.life.look_at_rules()
    await room.clock.settle()
    assert room.standing().state == "trusted"


async def test_a_thing_that_is_gone_for_ten_minutes_takes_its_trust_away(room: LifeRoom) -> None:
    manifest = MANIFEST.replace('on: {domain: light, area: "{area}"}', "on: {entity: light.gone}")
    await room.learned(draft=drafted(manifest=manifest))
    state_of(room, "trusted")
    await room.skills.life.look()
    assert room.standing().state == "trusted"
    await room.clock.advance(601)
    await room.skills.life.look()
    assert room.standing().state == "shadow"
    assert "light.gone is not in the house any more" in room.standing().why


async def test_a_changed_byte_makes_it_a_draft_at_once_and_for_good(room: LifeRoom) -> None:
    await room.trusted()
    skill = room.skill()
    program = room.places[1] / NAME / "program.py"
    good = program.read_bytes()
    program.write_bytes(good + b"\n# more\n")
    room.library.load()
    assert room.standing().state == "draft"
    assert room.whats()[-1] == "changed"
    assert room.standing().accepted_by == ""
    assert "is a draft" in str(room.skills.life.may_run(skill, ANNA))
    assert "is a draft" in str(room.skills.life.may_run(room.skill(), ANNA))
    program.write_bytes(good)
    room.library.load()
    assert room.standing().state == "draft"


async def test_what_nobody_used_for_long_is_stale_and_then_retired_and_comes_back_with_use(room: LifeRoom) -> None:
    await room.trusted()
    await room.run()
    await room.clock.advance(29 * DAY_S)
    await room.skills.life.look()
    assert room.standing().state == "trusted"
    await room.clock.advance(2 * DAY_S)
    await room.skills.life.look()
    assert room.standing().state == "stale"
    assert room.skills.life.may_run(room.skill(), ANNA) is None
    await room.run()
    assert room.standing().state == "trusted"
    await room.clock.advance(31 * DAY_S)
    await room.skills.life.look()
    await room.clock.advance(58 * DAY_S)
    await room.skills.life.look()
    assert room.standing().state == "stale"
    await room.clock.advance(2 * DAY_S)
    await room.skills.life.look()
    assert room.standing().state == "retired"
    assert "nobody used it for 90 days" in str(room.skills.life.may_run(room.skill(), ANNA))
    assert room.library.get(NAME) is not None


async def test_what_came_with_claw_is_trusted_for_everybody_and_never_grows_stale(room: LifeRoom) -> None:
    room.ship()
    assert (room.standing().state, room.standing().made, room.standing().people) == ("trusted", "shipped", ())
    for who in (ANNA, CARL, GUS, VOICE):
        assert room.skills.life.may_run(room.skill(), who) is None
    await room.clock.advance(200 * DAY_S)
    await room.skills.life.look()
    assert room.standing().state == "trusted"


async def test_a_shipped_skill_whose_file_was_changed_is_a_draft(room: LifeRoom) -> None:
    room.ship()
    program = room.places[0] / NAME / "program.py"
    program.write_bytes(program.read_bytes() + b"# more\n")
    room.again()
    assert room.standing().state == "draft"
    assert "changed" in room.standing().why


async def test_a_new_version_of_claw_brings_its_skills_trusted_but_what_was_retired_stays_so(room: LifeRoom) -> None:
    room.ship()
    before = room.standing().hash
    room.ship(**{"CHANGELOG.md": "# 1.0.0\n\nBetter.\n"})
    assert room.standing().hash != before
    assert (room.standing().state, room.whats()) == ("trusted", ["found", "updated"])
    await room.skills.deciding.do("retire", NAME, ANNA)
    room.ship(**{"CHANGELOG.md": "# 1.0.0\n\nBetter still.\n"})
    assert room.standing().state == "retired"


async def test_a_folder_that_somebody_puts_there_is_a_draft_and_stays_one(room: LifeRoom) -> None:
    write_files(room.places[1] / NAME, skill_files(NAME))
    room.again()
    assert (room.standing().state, room.standing().made) == ("draft", "written")
    await room.skills.life.look()
    await room.proved()
    assert room.prover.proved == []
    assert "is a draft" in str(room.skills.life.may_run(room.skill(), ANNA))


@pytest.mark.parametrize(
    ("visibility", "runs", "not_"), [("adults", (ANNA, BEN), (CARL, GUS, VOICE)), ("owner", (ANNA,), (BEN, VOICE))]
)
async def test_who_may_have_it_run_is_bounded_by_its_visibility(
    room: LifeRoom, visibility: str, runs: tuple[Origin, ...], not_: tuple[Origin, ...]
) -> None:
    manifest = MANIFEST.replace("after:", f"visibility: {visibility}\nafter:")
    await room.learned(draft=drafted(manifest=manifest))
    await room.skills.deciding.do("accept", NAME, ANNA, hash=room.standing().hash)
    may = room.skills.life.may_run
    assert [may(room.skill(), who) for who in runs] == [None] * len(runs)
    assert all("not for everybody" in str(may(room.skill(), who)) for who in not_)


async def test_nothing_of_it_is_lost_at_a_restart(room: LifeRoom) -> None:
    await room.learned()
    await room.agree()
    before = room.standing()
    room.again()
    assert room.standing() == before
    assert room.whats() == ["learned", "tested", "shadow"]


async def test_a_proof_that_the_stop_cut_short_is_made_up_for(room: LifeRoom) -> None:
    room.prover.away = True
    assert (await room.learned()).state == "draft"
    room.prover.away = False
    room.again()
    await room.skills.life.look()
    await room.proved()
    assert room.standing().state == "shadow"


async def test_every_step_has_a_row_with_its_reason_and_an_entry_in_the_log(room: LifeRoom) -> None:
    await room.trusted()
    await room.run(held=False)
    await room.run(held=False)
    events = list(reversed(room.skills.standings.events(NAME)))
    assert [event.what for event in events] == ["learned", "tested", "shadow", "accepted", "demoted"]
    assert all(event.why for event in events)
    logged = {str(entry["what"]) for entry in await room.entries()}
    acts = [
        str((entry.payload or {})["action"]["name"])
        for entry in room.audit.entries(0, 1000, kinds=("intent",))
        if "skill" in str((entry.payload or {})["action"]["name"])
    ]
    assert logged | {"learned", "accepted"} == {event.what for event in events}
    assert acts == ["claw.skill_learn", "claw.skill_accept"]
    by = {event.what: event.entry for event in events}
    assert by["learned"] is not None
    assert by["accepted"] is not None


async def test_old_runs_go_but_never_the_last_ten(room: LifeRoom) -> None:
    await room.trusted()
    for _ in range(12):
        await room.run()
    await room.clock.advance(timedelta(days=120).total_seconds())
    await room.run()
    await room.skills.life.look()
    assert len(room.skills.runs.of(NAME)) == 10


@pytest.mark.parametrize(("state", "then"), [("shadow", "draft"), ("tested", "draft"), ("trusted", "shadow")])
async def test_what_it_was_made_of_was_not_let_stand(room: LifeRoom, state: str, then: str) -> None:
    await room.learned()
    state_of(room, state)  # type: ignore[arg-type]
    await room.skills.life.doubt(NAME, "it was undone")
    assert (room.standing().state, room.standing().why) == (then, "it was undone")
    await room.skills.life.doubt("nothing", "it was undone")


async def test_what_an_owner_took_is_theirs_to_judge(room: LifeRoom) -> None:
    await room.trusted()
    await room.skills.life.doubt(NAME, "it was undone")
    assert room.standing().state == "trusted"


@pytest.mark.parametrize("other", [CARL, GUS, VOICE, replace(ANNA, taint=("mail",)), replace(ANNA, asks_only=True)])
async def test_of_a_skill_that_is_nobodys_only_grown_ups_agree(room: LifeRoom, other: Origin) -> None:
    await room.skills.deciding.take(NAME, drafted(made="imported").files, ANNA)
    await room.skills.life.prove(NAME, ANNA)
    await room.skills.deciding.do("enable", NAME, ANNA)
    await room.agree(other)
    assert (room.standing().state, room.standing().agreed) == ("shadow", 0)
    await room.agree(BEN)
    assert room.standing().agreed == 1


async def test_what_needs_an_owners_yes_is_said_once(room: LifeRoom) -> None:
    await room.learned(draft=drafted(manifest=MANIFEST.replace("after:", "confirm: [light.turn_on]\nafter:")))
    for _ in range(AGREEMENTS + 1):
        await room.agree()
    assert room.whats().count("waits") == 1


async def test_a_skill_without_a_green_proof_is_never_trusted_by_itself(room: LifeRoom) -> None:
    await room.learned()
    room.db.execute("UPDATE skill_versions SET report = NULL")
    for _ in range(AGREEMENTS):
        await room.agree()
    assert room.standing().state == "shadow"
    assert "its proof is not green" in room.standing().why


async def test_other_bytes_than_those_that_were_trusted_do_not_run(room: LifeRoom) -> None:
    await room.trusted()
    assert room.skills.life.may_run(room.skill(), ANNA) is None
    for other in (replace(room.skill(), hash="0" * 64), replace(room.skill(), problems=("it looks odd",))):
        assert "is a draft" in str(room.skills.life.may_run(other, ANNA))


async def test_a_lock_that_somebody_writes_beside_their_folder_gives_no_trust(room: LifeRoom) -> None:
    write_files(room.places[1] / NAME, drafted(made="shipped").files)
    write_lock(room.places[1] / "skills.lock", fresh(room.places[1]))
    room.again()
    assert room.skill().problems == ()
    assert (room.standing().state, room.standing().made, room.standing().why) == (
        "draft",
        "written",
        "nobody has looked at it yet",
    )
    assert "is a draft" in str(room.skills.life.may_run(room.skill(), ANNA))
