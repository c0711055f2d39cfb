"""What a monitoring program is told of a busy house: how much and how well, to no stranger, and never who or where."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import get_args

import aiohttp
import pytest
import pytest_asyncio

from claw.base.action import Effect, OutcomeStatus, ReplyStatus
from claw.base.action import Path as Way
from claw.base.config import ModelConfig
from claw.channels.clients import EVERY_RIGHT
from claw.channels.health import STAGES
from claw.channels.vital import Vital
from claw.daemon.build import Daemon
from claw.daemon.figures import KINDS
from claw.house.backend import LinkStatus
from claw.program.sandbox import Kind
from claw.routines.model import RunStatus, State
from tests.busy_day import busy
from tests.exposed import Family, label_values, parse
from tests.living import living
from tests.peers.scripted_model import ScriptedModel

pytestmark = pytest.mark.asyncio(loop_scope="module")

LITERALS = (Effect, OutcomeStatus, Way, ReplyStatus, LinkStatus, RunStatus, State, Kind)
WORDS = {word for literal in LITERALS for word in get_args(literal)} | {
    *(*STAGES, *KINDS, "other", "house", "claw", "model", "tool", "log", "sealed", "openai"),
}
"""Everything that a label may say, but for two versions; so there is a most of series, however the house is."""


@dataclass
class Watched:
    """What one daemon told before and after the day, with a token and without one."""

    daemon: Daemon
    before: str
    after: str
    told: tuple[str, str]
    health: tuple[str, str]


async def _read(http: aiohttp.ClientSession, path: str, token: str = "") -> str:
    async with http.get(path, headers={"Authorization": f"Bearer {token}"} if token else {}) as answer:
        assert answer.status == 200
        return re.sub(r".*claw_uptime_seconds .*\n", "", await answer.text())


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    async with ScriptedModel() as server:
        model = ModelConfig(name="small", base_url=server.base_url)
        async with living(tmp_path_factory.mktemp("watched"), model=model) as daemon:
            daemon.desk.vitals(Vital)
            await daemon.web.start()
            _, token = daemon.clients.issue("prometheus", "anna", EVERY_RIGHT)
            async with aiohttp.ClientSession(daemon.web.address) as http:
                before, told, health = [
                    await _read(http, *one) for one in (("/metrics", token), ("/metrics",), ("/healthz",))
                ]
                replies = await busy(daemon, server)
                assert {reply.status for reply in replies} >= {"done", "answered", "refused", "pending"}
                after, then, later = [
                    await _read(http, *one) for one in (("/metrics", token), ("/metrics",), ("/healthz",))
                ]
            yield Watched(daemon, before, after, (told, then), (health, later))
            await daemon.web.close()


def names(daemon: Daemon) -> set[str]:
    """Return every name that there is in this house: things, places, people, rules, routines, and of who asked."""
    registry, found = daemon.mirror.registry, set[str]()
    for kind in (registry.entities, registry.devices, registry.areas, registry.floors):
        for key, one in kind.items():
            found |= {key, key.partition(".")[2], one.name or "", *getattr(one, "aliases", ())}
    for person in daemon.people:
        found |= {person.id, person.name}
    found |= {rule.id for rule in daemon.desk._in.judge.policy.rules}
    for routine in daemon.routines.book.all():
        found |= {routine.id, routine.spec.name}
    found |= {"nuts", "allergic", "prometheus", "127.0.0.1"}
    return {name.casefold() for name in found if len(name) > 2}


async def test_what_is_told_is_what_was_done(watched: Watched) -> None:
    before, after = parse(watched.before), parse(watched.after)

    def grew(name: str, **labels: str) -> float:
        earlier = before[name].samples if name in before else {}
        return after[name].value(**labels) - earlier.get((name, frozenset(labels.items())), 0)

    assert grew("claw_requests_total", path="intent", status="done") >= 2
    assert grew("claw_requests_total", path="program", status="done") == 1
    assert grew("claw_decisions_total", effect="deny") == 1
    assert grew("claw_decisions_total", effect="confirm") == 1
    assert grew("claw_decisions_total", effect="allow") >= 4
    assert grew("claw_refusals_total") == 1
    assert grew("claw_acts_total", by="house", status="done") >= 4
    assert grew("claw_acts_total", by="model", status="sent") == 1
    assert grew("claw_model_tokens_today") == 120
    assert grew("claw_memories") == 1
    assert grew("claw_log_entries") > 10
    assert grew("claw_house_changes_total") >= 4
    assert grew("claw_routines", state="on") == 1
    assert grew("claw_routine_firings_day", status="done") == 1
    assert after["claw_children_started_total"].value(kind="sandbox") >= 1
    assert after["claw_house_link"].value(status="ready") == 1
    spread = after["claw_stage_seconds"].samples
    for stage in ("decide", "disk", "model", "recognise", "total"):
        assert spread["claw_stage_seconds_count", frozenset({("stage", stage)})] >= 1
    assert after["claw_log_commit_seconds"].samples["claw_log_commit_seconds_count", frozenset()] > 5
    for name in ("process_resident_memory_bytes", "process_open_fds", "claw_disk_free_bytes"):
        assert after[name].value() > 0
    assert after["claw_database_bytes"].value(file="claw") > 10_000


async def test_nobody_and_nothing_of_the_house_is_named_in_it(watched: Watched) -> None:
    for text in (watched.after, *watched.told):
        families = parse(text)
        said = label_values(families)
        versions = {value for family in (families.get("claw_build_info"),) if family for value in _all(family)}
        assert said - versions <= WORDS
        for name in names(watched.daemon) - {word.casefold() for word in WORDS}:
            assert name not in {value.casefold() for value in said}
            assert not re.search(rf"\b{re.escape(name)}\b", _figures(text).casefold()), name


async def test_a_stranger_sees_no_difference_between_a_busy_house_and_an_empty_one(watched: Watched) -> None:
    assert watched.told[0] == watched.told[1]
    assert watched.health[0] == watched.health[1]
    kinds = parse(watched.told[1])
    assert set(kinds) == {"claw_house_ready", "claw_stopped", "claw_paused", "claw_log_holds"}
    assert not [name for name, family in kinds.items() if family.kind == "counter"]


async def test_a_second_day_makes_no_new_series_but_what_had_not_happened_yet(watched: Watched) -> None:
    most = {"path": 4, "status": 11, "stage": 8, "by": 4, "effect": 3, "kind": 7, "state": 7, "file": 3}
    for family in parse(watched.after).values():
        for _, labels in family.samples:
            for name, _ in labels:
                assert name in {*most, "le", "version", "python"}, family.name
        assert len(family.samples) <= 150, family.name


def _all(family: Family) -> set[str]:
    return {value for _, labels in family.samples for _, value in labels}


def _figures(text: str) -> str:
    """Return the lines with figures: what is said about them is written by us and the same for every house."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))
