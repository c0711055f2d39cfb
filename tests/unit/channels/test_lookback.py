from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Refused
from claw.channels.lookback import last_time
from claw.daemon.build import Daemon
from claw.house.model import Cause, House
from claw.house.simulated import SimulatedHouse
from tests.living import OWNER, living

BERLIN = "Europe/Berlin"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "now", "then"),
    [
        ("18:00", "2026-07-10T20:15:00+02:00", "2026-07-10T18:00:00+02:00"),
        ("18:00", "2026-07-10T18:00:00+02:00", "2026-07-10T18:00:00+02:00"),
        ("23:50", "2026-07-10T00:10:00+02:00", "2026-07-09T23:50:00+02:00"),  # ten past midnight: yesterday's
        ("7:05", "2026-07-10T07:00:00+02:00", "2026-07-09T07:05:00+02:00"),
        # The clock is set back at 3: 2:30 is there twice.
        ("02:30", "2026-10-25T02:45:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("02:30", "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+02:00"),
        ("02:30", "2026-10-25T02:45:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("18:00", "2026-10-25T17:00:00+01:00", "2026-10-24T18:00:00+02:00"),
        # It is set on at 2: 2:30 is left out.
        ("02:30", "2026-03-29T03:10:00+02:00", "2026-03-29T01:30:00+01:00"),
        ("02:30", "2026-03-29T12:00:00+02:00", "2026-03-29T03:30:00+02:00"),
    ],
)
def test_the_last_time_it_has_been(text: str, now: str, then: str) -> None:
    assert last_time(text, moment(now), BERLIN) == moment(then)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis wants naive bounds
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "nowhere", ""]),
)
def test_it_is_never_to_come_and_never_more_than_a_day_and_an_hour_ago(
    now: datetime, hour: int, minute: int, zone: str
) -> None:
    then = last_time(f"{hour}:{minute:02}", now, zone)
    assert timedelta(0) <= now - then <= timedelta(hours=25)
    if zone == "Asia/Kolkata":  # no daylight saving
        local = then.astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute) == (hour, minute)


@pytest.mark.parametrize(
    "text", ["", "24:00", "18", "18:60", "18.00", "18:00:00", "-1:00", "x" * 99, "\u0661\u0668:00"]
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="no time of day"):
        last_time(text, datetime(2026, 1, 1, tzinfo=UTC), BERLIN)


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        yield made


async def test_a_thing_is_found_by_id_and_by_name(daemon: Daemon) -> None:
    assert isinstance(daemon.backend, SimulatedHouse)
    daemon.backend.set_state("person.ben", "home", user_id="u-ben")
    daemon.backend.set_state("lock.front_door", "unlocked", context="c", cause=Cause(user="u-ben"))
    for name in ("lock.front_door", "Front Door", " front door "):
        told = await daemon.desk.lookback.who(name, OWNER)
        assert (told["entity"], told["state"]) == ("lock.front_door", "unlocked")
        assert told["who"]["kind"] == "person"
        assert told["changed"]["value"] == "unlocked"
        assert "u-ben" not in str(told)


@pytest.mark.parametrize("name", ["", "lock.nowhere", "the moon", "\x1b[31m"])
async def test_what_is_not_there_is_said(daemon: Daemon, name: str) -> None:
    with pytest.raises(Refused, match="there is no"):
        await daemon.desk.lookback.who(name, OWNER)


async def test_a_name_of_several_is_asked_back(daemon: Daemon) -> None:
    assert isinstance(daemon.backend, SimulatedHouse)
    house = daemon.mirror.twin()
    twins = ("light.kitchen_ceiling", "light.hall_ceiling")
    entities = {**house.registry.entities, **{i: replace(house.registry.entities[i], name="Twin") for i in twins}}
    daemon.backend.replace(House(replace(house.registry, entities=entities), house.states))
    with pytest.raises(Refused, match=r"the name of several: light\.hall_ceiling, light\.kitchen_ceiling"):
        await daemon.desk.lookback.who("twin", OWNER)


async def test_a_trace_holds_nothing_that_drives_a_terminal(daemon: Daemon) -> None:
    reply = await daemon.desk.say("turn on the kitchen lights", OWNER)
    number = reply.outcomes[0].audit
    assert number is not None
    told = daemon.desk.lookback.trace(number)
    assert told["acts"][0]["action"]["name"] == "light.turn_on"
    evil = await daemon.audit.append("request", {"said": "\x1b[2J evil \u202e"}, origin=OWNER)
    assert daemon.desk.lookback.trace(evil, OWNER)["said"].strip() == "[2J evil"
    with pytest.raises(Refused, match="no audit entry"):
        daemon.desk.lookback.trace(10_000)
