"""What people decide about skills, and the conditions under which it is done."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.errors import Refused
from claw.skills.model import Skill, State
from tests.life_room import ANNA, BEN, NAME, POLICY, LifeRoom, drafted, life_room, state_of
from tests.skill_folders import MANIFEST

CHANGED = {"CHANGELOG.md": "# 1.0.1\n\nAnother.\n"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


async def test_an_owners_yes_makes_it_everybodys(room: LifeRoom) -> None:
    standing = await room.trusted(BEN)
    assert (standing.state, standing.accepted_by, standing.people) == ("trusted", "anna", ("ben",))
    assert standing.accepted_at is not None
    assert room.skills.life.may_run(room.skill(), ANNA) is None
    assert room.standing() == standing


async def test_nothing_is_accepted_that_the_rules_would_never_let_be_done(room: LifeRoom) -> None:
    await room.learned()
    room.rules(POLICY + "  - {id: dark, deny: light.turn_on, why: the lamps stay off}\n")
    decided = await room.skills.deciding.do("accept", NAME, ANNA, hash=room.standing().hash)
    assert decided.standing is None
    assert "the lamps stay off" in decided.text


async def test_a_name_that_came_with_claw_is_not_given_away(room: LifeRoom) -> None:
    room.ship()
    before = room.standing()
    text = (await room.skills.life.propose(drafted(), ANNA)).text
    assert "came with Claw" in text
    assert room.standing() == before


async def test_nobody_puts_another_skill_in_the_place_of_somebody_elses(room: LifeRoom) -> None:
    await room.learned(ANNA)
    before = room.standing()
    text = (await room.skills.life.propose(drafted("ben", **CHANGED), BEN)).text
    assert "only an owner can put another in its place" in text
    assert room.standing() == before


async def test_an_accepted_skill_is_taught_anew_by_owners_only(room: LifeRoom) -> None:
    await room.trusted(BEN)
    before = room.standing()
    text = (await room.skills.life.propose(drafted("ben", **CHANGED), BEN)).text
    assert "only an owner" in text
    assert room.standing() == before


async def test_a_new_version_begins_as_a_draft_that_nobody_has_accepted(room: LifeRoom) -> None:
    old = await room.trusted()
    room.prover.red()
    standing = await room.learned(draft=drafted(**CHANGED))
    assert (standing.state, standing.accepted_by, standing.version) == ("draft", "", "1.0.1")
    assert standing.hash != old.hash


async def test_a_skill_is_made_only_of_what_its_teacher_asked(room: LifeRoom) -> None:
    for people in ((), ("ben",), ("anna", "carl"), ("anna", "nobody")):
        text = (await room.skills.life.propose(replace(drafted(), people=people), ANNA)).text
        assert "made of what the one who wants it asked for" in text
    assert room.library.get(NAME) is None


async def test_what_was_imported_waits_for_an_owner_however_green_it_is(room: LifeRoom) -> None:
    draft = drafted(made="imported")
    decided = await room.skills.deciding.take(NAME, draft.files, ANNA)
    assert decided.standing is not None, decided.text
    assert (decided.standing.state, decided.standing.people) == ("draft", ())
    report = await room.skills.life.prove(NAME, ANNA)
    assert report.green
    assert room.standing().state == "tested"
    await room.agree()
    assert room.standing().agreed == 0
    on = await room.skills.deciding.do("enable", NAME, ANNA)
    assert on.standing is not None
    assert on.standing.state == "shadow"


async def test_off_is_off_and_on_again_is_what_it_was(room: LifeRoom) -> None:
    await room.trusted()
    off = await room.skills.deciding.do("disable", NAME, BEN)
    assert off.text == '"reading light" is off. I keep it.'
    assert "turned off" in str(room.skills.life.may_run(room.skill(), ANNA))
    on = await room.skills.deciding.do("enable", NAME, ANNA)
    assert on.standing is not None
    assert (on.standing.state, on.standing.enabled) == ("trusted", True)
    assert room.skills.life.may_run(room.skill(), ANNA) is None


async def test_turning_on_gives_no_more_trust_than_there_was(room: LifeRoom) -> None:
    room.prover.red()
    await room.learned()
    drafts = await room.skills.deciding.do("enable", NAME, ANNA)
    assert drafts.standing is None
    assert "is a draft" in drafts.text
    room.prover.__init__()
    await room.skills.life.prove(NAME, ANNA)
    state_of(room, "retired")
    on = await room.skills.deciding.do("enable", NAME, ANNA)
    assert on.standing is not None
    assert on.standing.state == "shadow"
    assert "I try it out first" in on.text


async def test_what_came_with_claw_and_was_retired_comes_back_trusted(room: LifeRoom) -> None:
    room.ship()
    await room.skills.deciding.do("retire", NAME, ANNA)
    assert (room.standing().state, room.standing().enabled) == ("retired", False)
    on = await room.skills.deciding.do("enable", NAME, ANNA)
    assert on.standing is not None
    assert on.standing.state == "trusted"


async def test_going_back_needs_a_version_whose_proof_is_green(room: LifeRoom) -> None:
    old = await room.trusted()
    none = await room.skills.deciding.do("rollback", NAME, ANNA)
    assert "no such version" in none.text
    room.prover.red()
    new = await room.learned(draft=drafted(**CHANGED))
    back = await room.skills.deciding.do("rollback", NAME, ANNA)
    assert back.standing is not None, back.text
    assert (back.standing.hash, back.standing.state, back.standing.version) == (old.hash, "trusted", "1.0.0")
    assert room.skill().hash == old.hash
    assert room.whats()[-1] == "rolled back"
    forth = await room.skills.deciding.do("rollback", NAME, ANNA, hash=new.hash)
    assert forth.standing is None
    assert room.standing().hash == old.hash


async def test_a_demotion_tells_of_the_version_that_worked(room: LifeRoom) -> None:
    await room.trusted()
    await room.learned(draft=drafted(**CHANGED))
    await room.skills.deciding.do("accept", NAME, ANNA, hash=room.standing().hash)
    room.told.clear()
    await room.run(held=False)
    await room.run(held=False)
    assert "Version 1.0.0 passed its proof: an owner can roll back to it." in room.told[0].text


async def test_laid_aside_is_kept(room: LifeRoom) -> None:
    await room.trusted()
    laid = await room.skills.deciding.do("retire", NAME, ANNA)
    assert laid.standing is not None
    assert laid.standing.state == "retired"
    assert room.library.get(NAME) is not None
    assert room.whats()[-1] == "retired"


@pytest.mark.parametrize("deed", ["accept", "enable", "disable", "rollback", "retire"])
async def test_of_what_is_not_there_nothing_is_decided(room: LifeRoom, deed: str) -> None:
    decided = await room.skills.deciding.do(deed, "nothing", ANNA, hash="0" * 64)  # type: ignore[arg-type]
    assert decided.standing is None
    assert "no skill" in decided.text
    assert room.skills.standings.of("nothing") is None


async def test_changed_bytes_are_never_accepted(room: LifeRoom) -> None:
    await room.learned()
    program = room.places[1] / NAME / "program.py"
    program.write_bytes(program.read_bytes() + b"# more\n")
    decided = await room.skills.deciding.do("accept", NAME, ANNA, hash=room.standing().hash)
    assert decided.standing is None
    with pytest.raises(Refused):
        room.library.whole(NAME)


async def test_a_name_that_came_with_claw_stays_its_own_where_an_earlier_version_is_used(room: LifeRoom) -> None:
    await room.learned()
    before = state_of(room, "trusted", made="shipped")
    decided = await room.skills.life.propose(drafted(**CHANGED), ANNA)
    assert "came with Claw" in decided.text
    assert room.standing() == before


async def test_who_made_a_skill_may_make_it_anew_until_an_owner_took_it(room: LifeRoom) -> None:
    await room.learned(BEN)
    again = await room.learned(BEN, drafted("ben", **CHANGED))
    assert (again.version, again.people) == ("1.0.1", ("ben",))


async def test_nothing_is_accepted_that_speaks_of_what_is_not_there(room: LifeRoom) -> None:
    manifest = MANIFEST.replace('on: {domain: light, area: "{area}"}', "on: {entity: light.gone}")
    standing = await room.learned(draft=drafted(manifest=manifest))
    decided = await room.skills.deciding.do("accept", NAME, ANNA, hash=standing.hash)
    assert decided.standing is None
    assert "light.gone is not in the house any more" in decided.text


@pytest.mark.parametrize("state", ["tested", "retired"])
async def test_nothing_is_turned_on_whose_proof_is_not_green(room: LifeRoom, state: State) -> None:
    room.prover.red()
    await room.learned()
    state_of(room, state)
    decided = await room.skills.deciding.do("enable", NAME, ANNA)
    assert decided.standing is None
    assert room.standing().state == state


async def test_what_came_with_claw_and_may_never_be_done_here_is_only_tried_out(room: LifeRoom) -> None:
    room.ship()
    await room.skills.life.prove(NAME, ANNA)
    await room.skills.deciding.do("retire", NAME, ANNA)
    room.rules(POLICY + "  - {id: dark, deny: light.turn_on, why: the lamps stay off}\n")
    on = await room.skills.deciding.do("enable", NAME, ANNA)
    assert on.standing is not None, on.text
    assert on.standing.state == "shadow"


async def test_what_is_on_already_is_no_step(room: LifeRoom) -> None:
    before, steps = await room.trusted(), room.whats()
    on = await room.skills.deciding.do("enable", NAME, ANNA)
    assert on.standing == before
    assert room.whats() == steps


async def test_going_back_turns_on_what_was_off(room: LifeRoom) -> None:
    old = await room.trusted()
    await room.learned(draft=drafted(**CHANGED))
    await room.skills.deciding.do("disable", NAME, ANNA)
    back = await room.skills.deciding.do("rollback", NAME, ANNA)
    assert back.standing is not None
    assert (back.standing.hash, back.standing.enabled) == (old.hash, True)


async def test_no_version_is_gone_back_to_in_which_something_is_wrong_now(
    room: LifeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.trusted()
    new = await room.learned(draft=drafted(**CHANGED))
    restore = room.library.restore

    async def found_wanting(name: str, wanted: str) -> Skill:
        return replace(await restore(name, wanted), problems=("its program opens a file",))

    monkeypatch.setattr(room.library, "restore", found_wanting)
    back = await room.skills.deciding.do("rollback", NAME, ANNA)
    assert back.standing is None
    assert "opens a file" in back.text
    assert room.standing().version == new.version or room.standing().state == "draft"


async def test_nobody_decides_about_a_folder_that_was_never_looked_at(room: LifeRoom) -> None:
    standing = await room.learned()
    room.skills.standings.forget(NAME)
    for deed in ("accept", "enable"):
        decided = await room.skills.deciding.do(deed, NAME, ANNA, hash=standing.hash)
        assert decided.standing is None
        assert "There is no skill" in decided.text
