"""Who may look at the policy, and that a draft is no way to ask what one may not know."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio

from claw.base.action import Origin
from claw.base.errors import Refused, Unavailable
from claw.channels import drafting as module
from claw.channels.drafting import Desktop, Drafting
from claw.channels.drafts import Drafts
from claw.daemon.build import Daemon
from claw.policy.supposing import Case
from tests.held_clock import HeldClock
from tests.living import NOBODY, OWNER, living
from tests.viewing import Here

BEN = replace(OWNER, person="ben", conversation="ben")
CARL = replace(OWNER, person="carl")
POLICY = """\
version: 1
rules:
  - {id: lights, allow: light.*}
  - {id: unlock, confirm: lock.unlock}
  - {id: home, allow: switch.turn_on, when: {states: {person.anna: home}}}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    async with living(tmp_path_factory.mktemp("drafting"), POLICY) as daemon:
        await daemon.desk.say("turn on the kitchen counter light", OWNER)
        await daemon.desk.say("turn off the kitchen counter light", BEN)
        await daemon.audit.settle()
        yield daemon


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def here() -> Here:
    return Here()


@pytest.fixture
def drafting(daemon: Daemon, here: Here) -> Drafting:
    drafts = Drafts(daemon.memory.store.ground.db, HeldClock())
    return Drafting(daemon.desk.ruling, daemon.audit, Desktop(drafts, here, daemon.gate.questions.role), daemon.clock)


STRANGERS = (
    CARL,
    NOBODY,
    replace(OWNER, person="zoe"),
    replace(OWNER, authenticated=False),
    Origin("screen:hall", person="anna", authenticated=True),
    Origin("mcp:helper", person="anna", authenticated=True, asks_only=True),
    Origin("openai:helper", person="anna", authenticated=True, asks_only=True),
)


@pytest.mark.parametrize("viewer", STRANGERS)
async def test_it_is_for_the_adults_on_devices_of_their_own(drafting: Drafting, here: Here, viewer: Origin) -> None:
    for ask in (
        lambda: drafting.explain(Case("light.turn_on"), "", viewer),
        lambda: drafting.check(POLICY, viewer),
        lambda: drafting.replay(POLICY, 1, viewer),
    ):
        with pytest.raises(Refused, match="adults"):
            await ask()
    for now in (
        lambda: drafting.view(viewer),
        lambda: drafting.drafts(viewer),
        lambda: drafting.draft(1, viewer),
        lambda: drafting.save(0, "a", "b", viewer),
        lambda: drafting.drop(1, viewer),
    ):
        with pytest.raises(Refused, match="adults"):
            now()
    assert here.jobs == []


async def test_the_policy_is_told_as_it_is_written_with_the_lines_of_its_rules(drafting: Drafting) -> None:
    told = drafting.view(OWNER)
    assert told["text"] == POLICY
    assert [(one["id"], one["line"]) for one in told["rules"]] == [("lights", 3), ("unlock", 4), ("home", 5)]
    assert (told["name"], told["problem"]) == ("policy.yaml", "")


async def test_a_case_is_asked_of_the_policy_in_force_or_of_a_draft(drafting: Drafting) -> None:
    case = Case("lock.unlock", ("lock.front_door",), person="anna")
    assert (await drafting.explain(case, "", OWNER))["decision"]["effect"] == "confirm"
    draft = POLICY.replace("confirm: lock.unlock", "deny: lock.unlock")
    assert (await drafting.explain(case, draft, OWNER))["decision"]["effect"] == "deny"
    changed = await drafting.check(draft, BEN)
    assert {one["kind"] for one in changed["differences"]} == {"newly denied"}


async def test_what_cannot_be_is_refused_before_any_process_is_asked(drafting: Drafting, here: Here) -> None:
    for ask in (
        lambda: drafting.explain(Case("lock.unlock", ("lock.gone",)), "", OWNER),
        lambda: drafting.explain(Case("lock.sing", ("lock.front_door",)), "", OWNER),
        lambda: drafting.explain(Case("lock.unlock", ("lock.front_door",)), "nonsense", OWNER),
        lambda: drafting.check("nonsense", OWNER),
        lambda: drafting.replay("nonsense", 1, OWNER),
    ):
        with pytest.raises(Refused):
            await ask()
    assert here.jobs == []


async def test_where_people_are_is_no_part_of_what_a_draft_is_held_against(
    daemon: Daemon, drafting: Drafting, here: Here
) -> None:
    assert daemon.mirror.states["person.anna"].value == "home"
    case = Case("switch.turn_on", ("switch.coffee_machine",))
    assert (await drafting.explain(case, "", OWNER))["decision"]["effect"] == "deny"
    supposed = replace(case, states={"person.anna": "home"})
    assert (await drafting.explain(supposed, "", OWNER))["decision"]["effect"] == "allow"
    await drafting.check(POLICY, OWNER)
    states = here.jobs[-1]["ground"]["states"]
    assert not [entity for entity in states if entity.startswith(("person.", "device_tracker.", "zone."))]
    assert "light.kitchen_counter" in states


async def test_a_replay_reads_what_its_viewer_may_read(drafting: Drafting, here: Here) -> None:
    draft = POLICY.replace("allow: light.*", "confirm: light.*")
    told = await drafting.replay(draft, 7, OWNER)
    assert [(one["person"], one["kind"]) for one in told["otherwise"]] == [
        ("anna", "newly asked"),
        ("ben", "newly asked"),
    ]
    assert (told["judged"], told["rows"], told["cut"]) == (2, 2, False)
    asked = json.dumps(here.jobs[-1]["rows"])
    assert "turn on the kitchen counter light" in asked, "one's own"
    assert "turn off the kitchen" not in asked, "not another's"


async def test_a_replay_goes_back_so_far_and_says_where_it_was_cut(
    drafting: Drafting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 1)
    told = await drafting.replay(POLICY, 7, OWNER)
    assert (told["rows"], told["cut"]) == (1, True)
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    monkeypatch.setattr(module, "PAGE", 1)
    assert (await drafting.replay(POLICY, 7, OWNER))["rows"] == 2


async def test_a_replay_leaves_out_what_is_older(drafting: Drafting, monkeypatch: pytest.MonkeyPatch) -> None:
    later = HeldClock(drafting._clock.now() + timedelta(days=3))
    monkeypatch.setattr(drafting, "_clock", later)
    told = await drafting.replay(POLICY, 1, OWNER)
    assert (told["judged"], told["rows"], told["from"], told["cut"]) == (0, 0, None, False)


async def test_without_a_house_or_a_readable_file_it_says_what_it_can(
    drafting: Drafting, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SimpleNamespace(path=Path("policy.yaml"), text="rules: 5", tests=(), actions=(), notice="changed")
    ruling = replace(drafting._ruling, file=file, mirror=SimpleNamespace(told=None))
    monkeypatch.setattr(drafting, "_ruling", ruling)
    told = drafting.view(OWNER)
    assert (told["rules"], told["notice"]) == ([], "changed")
    with pytest.raises(Unavailable, match="do not know the house"):
        await drafting.check(POLICY, OWNER)


async def test_drafts_are_kept_for_whoever_wrote_them(drafting: Drafting) -> None:
    number = drafting.save(0, "Night", "a: \u202e b", OWNER)["id"]
    assert drafting.draft(number, OWNER)["text"] == "a: \u202e b"
    assert [one["name"] for one in drafting.drafts(OWNER)] == ["Night"]
    assert drafting.drafts(BEN) == []
    with pytest.raises(Refused):
        drafting.draft(number, BEN)
    assert drafting.drop(number, OWNER) == {"id": number}
