"""Who may reset, pause, resume and drill, and what a reset says before it is one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Origin
from claw.base.config import PersonConfig
from claw.base.errors import Broken, Refused
from claw.daemon.build import Daemon
from tests.living import CONSOLE, NOBODY, OWNER, PEOPLE, living

LAMP = Action("light.turn_on", ("light.kitchen_ceiling",))
CHILD = Origin("web", "carl", authenticated=True)
STRANGER = Origin("web", "stranger", authenticated=True)
UNLOCK = Action("lock.unlock", ("lock.front_door",))


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        yield made


async def test_what_a_reset_lets_go_on_is_shown_with_the_stop_and_in_its_answer(daemon: Daemon) -> None:
    assert daemon.desk.status()["stop"]["resumes"] is None
    await daemon.desk.act([UNLOCK], OWNER)
    answer = await daemon.desk.stop("smoke", CONSOLE)
    text = " ".join(answer["resumes"])
    assert "opens for acts" in text
    assert "Nothing that was cut or refused is done again" in text
    assert "1 waiting question is void: ask again" in text
    assert "front door" not in text
    assert "not started again" in text
    assert "Safety routines watch for smoke" in text
    assert "safety routines are held too" in answer["unwatched"]
    assert daemon.desk.status()["stop"]["unwatched"] == answer["unwatched"]
    assert daemon.desk.status()["stop"]["resumes"] == answer["resumes"]
    done = await daemon.desk.reset("toast", CONSOLE, console=True)
    assert not done["engaged"]
    assert "unwatched" not in daemon.desk.status()["stop"]
    assert done["resumes"] == answer["resumes"]


async def test_a_reset_that_is_not_logged_is_none(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    await daemon.desk.stop("smoke", CONSOLE)

    async def fail(*_: object, **__: object) -> int:
        raise Broken("no disk")

    monkeypatch.setattr(daemon.audit, "append", fail)
    with pytest.raises(Broken):
        await daemon.desk.reset("toast", CONSOLE, console=True)
    assert daemon.stop.engaged


async def test_a_stop_while_a_reset_is_being_logged_is_not_lost(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    await daemon.desk.stop("smoke", OWNER)
    append = daemon.audit.append

    async def slowly(kind: str, *words: Any, **named: Any) -> int:
        if kind == "reset":
            await daemon.desk.stop("fire", CHILD)
        return await append(kind, *words, **named)

    monkeypatch.setattr(daemon.audit, "append", slowly)
    with pytest.raises(Refused, match="again"):
        await daemon.desk.reset("toast", OWNER, console=False)
    assert daemon.stop.engaged
    assert (await daemon.desk.act([LAMP], OWNER)).status == "stopped"


async def test_a_pause_refuses_what_is_new_and_answers_questions(daemon: Daemon) -> None:
    state = await daemon.desk.switching.pause("guests", OWNER, 600)
    assert state["paused"]
    assert daemon.desk.status()["pause"]["reason"] == "guests"
    reply = await daemon.desk.act([LAMP], OWNER)
    assert reply.status == "refused"
    assert "paused" in reply.outcomes[0].detail
    assert daemon.backend.performed == []  # type: ignore[attr-defined]
    assert (await daemon.desk.say("which lights are on", OWNER)).status == "answered"
    assert not daemon.desk.status()["stop"]["engaged"]
    assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"


@pytest.mark.parametrize(
    "origin", [CHILD, NOBODY, Origin("web", "anna"), Origin("web", "stranger", authenticated=True)]
)
async def test_only_an_adult_who_is_known_ends_a_pause(daemon: Daemon, origin: Origin) -> None:
    await daemon.desk.switching.pause("guests", OWNER, None)
    with pytest.raises(Refused, match="adult"):
        await daemon.desk.switching.resume("please", origin, console=False)
    assert (await daemon.desk.act([LAMP], OWNER)).status == "refused"
    for channel in ("web", "chat", "cli", "screen:hall"):
        await daemon.desk.switching.resume("enough", replace(OWNER, channel=channel), console=False)
        assert (await daemon.desk.act([LAMP], OWNER)).status == "done"
        await daemon.desk.switching.pause("again", OWNER, None)


async def test_a_pause_outlives_the_daemon(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.switching.pause("guests", OWNER, None)
    async with living(tmp_path) as daemon:
        assert (await daemon.desk.act([LAMP], OWNER)).status == "refused"
        await daemon.desk.switching.resume("enough", OWNER, console=False)
        kinds = [entry.kind for entry in daemon.audit.entries(0, 1000)]
        assert kinds.count("pause") == kinds.count("resume") == 1


async def test_a_pause_is_no_stop_and_a_stop_outranks_it(daemon: Daemon) -> None:
    await daemon.desk.switching.pause("guests", OWNER, None)
    await daemon.desk.stop("smoke", CONSOLE)
    assert (await daemon.desk.act([LAMP], OWNER)).status == "stopped"
    await daemon.desk.switching.resume("enough", OWNER, console=False)
    assert daemon.stop.engaged
    assert (await daemon.desk.act([LAMP], OWNER)).status == "stopped"


async def test_the_feed_tells_of_a_pause_and_of_the_list(daemon: Daemon) -> None:
    async with daemon.desk.feed() as queue:
        await daemon.desk.switching.pause("guests", OWNER, None)
        await daemon.desk.stop("smoke", CONSOLE)
        told = [queue.get_nowait() for _ in range(queue.qsize())]
    assert {"paused": True, "by": "anna"}.items() <= next(one for one in told if one["type"] == "pause").items()
    assert next(one for one in told if one["type"] == "stop")["resumes"]


async def test_who_lived_here_until_yesterday_resets_nothing_and_is_signed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = PersonConfig(id="ben", name="Ben", role="adult", end=date(2001, 1, 1))
    monkeypatch.setattr("tests.living.PEOPLE", (*PEOPLE[:1], gone))
    async with living(tmp_path, "version: 1\nrules: []\n") as daemon:
        _, theirs = daemon.clients.issue("phone", "ben")
        _, hers = daemon.clients.issue("phone", "anna")
        assert daemon.clients.recognise(hers)
        assert daemon.clients.recognise(theirs) is None
        await daemon.desk.stop("smoke", OWNER)
        with pytest.raises(Refused, match="console"):
            await daemon.desk.reset("toast", replace(OWNER, person="ben"), console=False)
        assert daemon.stop.engaged
