"""Approving names at the console, through the whole daemon."""

from pathlib import Path

import pytest

from claw.base.errors import Refused
from claw.channels.call import GUARDED
from tests.living import CONSOLE, living

HOUSE = """
areas: [{id: hall, name: Hall}]
entities:
  - {entity_id: light.hall, name: Hall, area: hall, state: "off"}
  - {entity_id: light.lamp, name: Jupiter, aliases: ["\\u202emoon"], state: "off"}
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.yaml"
    path.write_text(HOUSE, encoding="utf-8")
    return path


async def test_a_name_waits_until_it_is_approved_and_the_log_says_who_did(tmp_path: Path, house: Path) -> None:
    async with living(tmp_path, "version: 1\nrules: []\n", house) as daemon:
        naming = daemon.desk.naming
        assert naming.waiting() == [{"id": "light.lamp", "names": ["Jupiter", "moon"]}]
        thing = daemon.mirror.registry.entities["light.lamp"].registry_id
        await naming.approve(["light.lamp"], CONSOLE)
        assert naming.waiting() == []
        entry = daemon.audit.entries(newest_first=True, limit=1)[0]
        assert (entry.kind, entry.payload) == ("names", {"approved": {thing: ["Jupiter", "moon"]}})
        assert entry.origin is not None
        assert entry.origin.person == "anna"


async def test_all_that_wait_are_approved_at_once(tmp_path: Path, house: Path) -> None:
    async with living(tmp_path, "version: 1\nrules: []\n", house) as daemon:
        assert len((await daemon.desk.naming.approve([], CONSOLE))["approved"]) == 1
        assert daemon.desk.naming.waiting() == []


async def test_a_strange_id_approves_nothing(tmp_path: Path, house: Path) -> None:
    async with living(tmp_path, "version: 1\nrules: []\n", house) as daemon:
        with pytest.raises(Refused, match="nothing called"):
            await daemon.desk.naming.approve(["light.lamp", "light.moon"], CONSOLE)
        assert [one["id"] for one in daemon.desk.naming.waiting()] == ["light.lamp"]


def test_what_claw_started_may_not_approve_names() -> None:
    assert "names_approve" in GUARDED
