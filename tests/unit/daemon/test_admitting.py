"""Shutting somebody out of a whole daemon: every way in and every yes that they had ends, by the command itself."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.channels import socket
from claw.channels.accounts import KIND
from claw.channels.entering import Admission
from claw.daemon.admitting import SHUT_OUT, admitting
from claw.daemon.build import Daemon
from claw.gate.answering import Choice
from claw.policy.people import Person
from tests.living import OWNER, living
from tests.serving import admission_of
from tests.talking import HungUp, Local, local

POLICY = """\
version: 1
rules:
  - {id: lights, allow: "light.*", who: {role: [owner, adult]}}
  - {id: anybody, allow: "switch.*"}
  - {id: messages, allow: claw.notify}
  - {id: fans, confirm: "fan.*"}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], grant: 30 min}}
"""
BEN = Origin("web", "ben", authenticated=True, source="test", conversation="ben", strength="session")
LAMP = Action("light.turn_on", ("light.kitchen_ceiling",))
FAN = Action("fan.turn_on", ("fan.bathroom",))
UNLOCK = Action("lock.unlock", ("lock.front_door",))


@asynccontextmanager
async def household(folder: Path) -> AsyncIterator[tuple[Daemon, Admission]]:
    async with living(folder, POLICY) as daemon:
        yield daemon, admission_of(daemon)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[tuple[Daemon, Admission, Local]]:
    async with household(tmp_path) as (daemon, admission):
        await daemon.socket.start()
        async with local(tmp_path / "state") as console:
            yield daemon, admission, console


async def test_who_is_shut_out_at_the_console_has_nothing_left(there: tuple[Daemon, Admission, Local]) -> None:
    daemon, _, console = there
    session, _ = daemon.clients.enter("ben", "phone")
    token, _ = daemon.clients.issue("script", "ben")
    model, _ = daemon.clients.issue("assistant", "ben", kind="model")
    code = daemon.clients.sign_in_code("ben")
    (asked,) = (await daemon.desk.act([FAN], BEN)).pending
    (granted,) = (await daemon.desk.act([UNLOCK], BEN)).pending
    await daemon.desk.answer(granted.id, OWNER, yes=True, choice=Choice(grant_s=600))
    overlay = daemon.gate._judge.overlay
    assert overlay is not None
    assert len(overlay.grants) == 1
    before = daemon.reloading.policy
    answer = await console.ask("people_revoke", person="Ben")
    assert answer == {
        "person": "ben",
        "ended": {"browsers and programs": 3, "codes": 1, "grants": 1, "questions": 1},
    }
    assert [daemon.clients.stands(one) for one in (session, token, model)] == [False] * 3
    with pytest.raises(Refused):
        daemon.clients.sign_in(code, "phone")
    assert overlay.grants == ()
    assert daemon.gate.questions.stood(asked.id) == "void"
    with pytest.raises(Refused, match=SHUT_OUT):
        await daemon.desk.answer(asked.id, OWNER, yes=True)
    assert daemon.reloading.policy != before
    assert daemon.desk.status()["policy"] == daemon.reloading.policy


async def test_who_is_shut_out_does_nothing_by_any_origin_that_is_left(there: tuple[Daemon, Admission, Local]) -> None:
    daemon, _, console = there
    assert (await daemon.desk.act([LAMP], BEN)).status in {"done", "started"}
    (waiting,) = (await daemon.desk.act([UNLOCK], OWNER)).pending
    await console.ask("people_revoke", person="ben")
    switch = Action("switch.turn_on", ("switch.freezer",))
    assert (await daemon.desk.act([switch], Origin("voice:hall", place="hall"))).status != "refused", "anybody may"
    for channel in ("web", "cli", "telegram", "phone", "openai:x", "mcp:x"):
        origin = Origin(channel, "ben", authenticated=True, source="test", conversation=channel, strength="session")
        for action in (LAMP, UNLOCK, switch):
            reply = await daemon.desk.act([action], origin)
            assert reply.status == "refused", (channel, action)
            assert "shut out" in reply.outcomes[0].detail
        with pytest.raises(Refused):
            await daemon.desk.answer(waiting.id, origin, yes=True)
    assert daemon.gate.questions.stood(waiting.id) == "waiting"
    routine = Origin("routine", "ben", authenticated=True, source="routine:x", routine="x")
    assert (await daemon.desk.act([LAMP], routine)).status == "refused"


async def test_a_bar_outlives_the_daemon_and_ends_with_an_owners_word(tmp_path: Path) -> None:
    async with household(tmp_path) as (daemon, admission):
        await daemon.socket.start()
        async with local(tmp_path / "state") as console:
            assert (await console.ask("people_add", name="Dora", kind="adult"))["person"] == "dora"
            for who in ("ben", "dora"):
                await console.ask("people_revoke", person=who)
        shut_out = daemon.reloading.policy
    async with household(tmp_path) as (daemon, admission):
        assert daemon.reloading.policy == shut_out, "the hash goes with the people"
        assert [daemon.people.role(who) for who in ("anna", "ben", "dora")] == ["owner", None, None]
        assert (await daemon.desk.act([LAMP], BEN)).status == "refused"
        await daemon.socket.start()
        async with local(tmp_path / "state") as console:
            assert await console.ask("people_admit", person="ben") == {"person": "ben"}
        assert (await daemon.desk.act([LAMP], BEN)).status in {"done", "started", "unchanged"}
        assert admission.entering.is_first is False


async def test_a_program_that_claw_itself_started_changes_nobody(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY, ours=True) as daemon:
        admission_of(daemon)
        await daemon.socket.start()
        async with local(tmp_path / "state") as child:
            for word, arguments in (
                ("people", {}),
                ("people_add", {"name": "Eve", "kind": "owner"}),
                ("people_revoke", {"person": "anna"}),
                ("people_admit", {"person": "anna"}),
                ("people_first", {}),
            ):
                assert (await child.ask(word, **arguments))["error"]["kind"] == "refused", word
        assert daemon.people.get("eve") is None
        assert daemon.people.role("anna") == "owner"


async def test_only_the_console_asks_for_a_change_over_the_socket(
    there: tuple[Daemon, Admission, Local], monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon, _, _ = there
    daemon.socket._owner = os.getuid() + 1
    monkeypatch.setattr(socket, "ROOT", os.getuid() + 1)
    async with local(daemon.socket._path.parent) as other:
        for word in ("people", "people_revoke", "people_first", "sign_in_code"):
            assert (await other.ask(word, person="anna"))["error"]["kind"] == "refused", word
    assert daemon.people.role("anna") == "owner"


async def test_a_unix_user_who_is_shut_out_speaks_for_nobody_and_is_told_nothing_more(
    there: tuple[Daemon, Admission, Local],
) -> None:
    daemon, _, _ = there
    household = daemon.reloading.household
    assert household is not None
    people = [one for one in daemon.people if one.id != "ben"]
    daemon.people.replace([*people, Person("ben", "Ben", "adult", uid=os.getuid())])
    async with local(daemon.socket._path.parent) as old, local(daemon.socket._path.parent) as follower:
        assert (await old.ask("say", text="turn on the kitchen lights"))["status"] in {"done", "started"}
        following = asyncio.create_task(follower.raw(b'{"do": "follow"}\n'))
        while not daemon.socket._followers:  # noqa: ASYNC110  a connection rings no bell
            await asyncio.sleep(0.01)
        assert daemon.socket.end("anna") == 0
        assert daemon.socket.end("ben") == 1
        with suppress(HungUp):
            await asyncio.wait_for(following, 5)
        while daemon.socket._followers:  # noqa: ASYNC110  as above
            await asyncio.sleep(0.01)
        daemon.people.replace([*people, Person("ben", "Ben", "adult", uid=os.getuid(), barred=True)])
        reply = await old.ask("say", text="turn off the kitchen lights")
        assert reply["status"] == "refused", "the connection was open before"


async def test_the_log_says_who_was_shut_out_by_whom(there: tuple[Daemon, Admission, Local]) -> None:
    daemon, _, console = there
    await console.ask("people_revoke", person="ben")
    last = daemon.audit.entries(0, 50, newest_first=True, kinds=(KIND,))[0]
    assert last.payload == {"did": "shut_out", "person": "ben", "ended": {}}
    assert last.origin is not None
    assert last.origin.channel == "cli"


async def test_without_a_household_nobody_is_let_in(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        daemon.reloading.household = None
        with pytest.raises(Exception, match="nobody changes"):
            admitting(daemon, daemon.memory.store.ground.db, daemon.gate._judge)


async def test_what_was_judged_before_is_not_done_for_who_is_shut_out_meanwhile(
    there: tuple[Daemon, Admission, Local],
) -> None:
    daemon, _, console = there
    judge = daemon.gate._judge
    plan = judge.judge([LAMP], BEN)
    assert plan.decisions[0].effect == "allow"
    await console.ask("people_revoke", person="ben")
    with pytest.raises(Refused, match="shut out"):
        judge.charge(plan.actions[0], plan.decisions[0], BEN)
