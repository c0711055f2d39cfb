"""A case that nobody made: who asks, when, and by which ids."""

from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from claw.base.errors import Invalid, Refused
from claw.channels.drafting import ROWS
from claw.house.model import Entity, House, Registry
from claw.policy import replay
from claw.policy.people import People
from claw.policy.supposing import Case, Ground, rules_of

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def ground(zone: str) -> Ground:
    entities = {"lock.front": Entity("lock.front", "Front", former="lock.old")}
    return Ground(People(), frozenset(), House(Registry(entities=entities, time_zone=zone), MappingProxyType({})), NOW)


def test_a_named_person_counts_as_signed_in_and_nobody_as_nobody() -> None:
    origin = Case("lock.lock", person="anna", channel="voice", place="hall", tainted=True).origin
    assert (origin.person, origin.authenticated, origin.strength, origin.channel) == ("anna", True, "session", "voice")
    assert (origin.place, origin.taint) == ("hall", ("what if",))
    nobody = Case("lock.lock", channel="").origin
    assert (nobody.person, nobody.authenticated, nobody.strength, nobody.channel) == (None, False, None, "web")


def test_the_time_is_that_of_the_house() -> None:
    assert ground("Europe/Berlin").local().hour == 13
    assert ground("Europe/Berlin").local("2026-07-01 23:00").isoformat() == "2026-07-01T23:00:00+02:00"
    assert ground("Mars/Base").local() == NOW, "where the zone is not known, the clock of the world counts"
    with pytest.raises(Refused, match="at noon"):
        ground("UTC").local("at noon")


def test_what_is_written_now_means_things_by_the_ids_of_today() -> None:
    assert ground("UTC").renamed_to_present().house.registry.entities["lock.front"].former is None
    assert ground("UTC").house.registry.entities["lock.front"].former == "lock.old"


def test_rules_are_listed_with_the_lines_they_begin_on() -> None:
    text = "version: 1\nrules:\n  - {id: lights, allow: light.*}\n  - id: locks\n    confirm: lock.*\n"
    assert rules_of(text) == [
        {"id": "lights", "effect": "allow", "line": 3},
        {"id": "locks", "effect": "confirm", "line": 4},
    ]
    with pytest.raises(Invalid):
        rules_of("rules: 5")


def test_a_replay_is_given_the_rows_that_it_reads() -> None:
    assert set(replay.ROWS) == ROWS
