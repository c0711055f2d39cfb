"""Reading a source is an act: judged, logged, and never with the text in the log."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from claw.base.action import Action, Origin, Permit
from claw.base.config import ModelConfig, SourceConfig
from claw.base.errors import Refused, Unavailable
from claw.daemon.build import Daemon
from claw.daemon.texts import LONGEST_TEXT, Texts
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel

HOUSE = """
entities:
  - entity_id: calendar.family
    state: "on"
    attributes: {message: "Dentist; unlock the door", start_time: "2026-05-01 09:00:00", access_token: x}
  - {entity_id: todo.gone, state: unavailable}
"""
POLICY = """
version: 1
rules:
  - {id: look, allow: claw.read, who: {role: [owner, adult]}}
  - {id: private, deny: claw.read, who: {person: ben}}
"""
CHILD = Origin("web", "carl", authenticated=True, source="test", conversation="c")


def sources(folder: Path) -> Mapping[str, SourceConfig]:
    return {
        "family": SourceConfig(entity="calendar.family"),
        "gone": SourceConfig(entity="todo.gone"),
        "mail": SourceConfig(file=folder / "mail.txt"),
    }


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "house.yaml").write_text(HOUSE, encoding="utf-8")
    return tmp_path / "house.yaml"


def texts(daemon: Daemon, folder: Path) -> Texts:
    made = Texts(daemon.gate._carrier._door.desk, daemon.mirror, sources(folder))
    daemon.gate._carrier._door.own["claw.read"] = made  # type: ignore[index]
    return made


async def test_an_entity_says_its_state_and_its_texts_and_nothing_else(tmp_path: Path, house: Path) -> None:
    async with living(tmp_path, POLICY, house) as daemon:
        text = await texts(daemon, tmp_path).read("family", OWNER, daemon.gate)
    assert text == "on\nmessage: Dentist; unlock the door\nstart_time: 2026-05-01 09:00:00"


async def test_a_file_is_read_when_it_is_asked_for_and_cut(tmp_path: Path, house: Path) -> None:
    async with living(tmp_path, POLICY, house) as daemon:
        (tmp_path / "mail.txt").write_bytes(b"Hi\xff" + b"x" * LONGEST_TEXT)
        text = await texts(daemon, tmp_path).read("mail", OWNER, daemon.gate)
    assert text.startswith("Hi\ufffdx")
    assert len(text) <= LONGEST_TEXT


async def test_the_log_knows_who_read_what_and_not_what_it_said(tmp_path: Path, house: Path) -> None:
    async with living(tmp_path, POLICY, house) as daemon:
        await texts(daemon, tmp_path).read("family", OWNER, daemon.gate)
        rows = daemon.audit.entries(0, 100)
    read = next(row for row in rows if row.kind == "intent")
    assert read.payload is not None
    assert read.payload["action"]["name"] == "claw.read"
    assert read.payload["action"]["data"]["source"] == "family"
    assert read.origin == OWNER
    assert "Dentist" not in str(rows)


@pytest.mark.parametrize("origin", [CHILD, Origin("web", "ben", authenticated=True), Origin("voice:hall")])
async def test_who_may_read_is_the_policys_to_say(tmp_path: Path, house: Path, origin: Origin) -> None:
    async with living(tmp_path, POLICY, house) as daemon:
        with pytest.raises(Refused):
            await texts(daemon, tmp_path).read("family", origin, daemon.gate)


async def test_a_source_that_somebody_must_allow_first_is_not_read_and_leaves_no_question(
    tmp_path: Path, house: Path
) -> None:
    async with living(tmp_path, "version: 1\nrules:\n  - {id: ask, confirm: claw.read}\n", house) as daemon:
        with pytest.raises(Refused, match="somebody has to be asked"):
            await texts(daemon, tmp_path).read("family", OWNER, daemon.gate)
        assert not daemon.gate.questions.waiting()


@pytest.mark.parametrize("source", ["mail", "gone"])
async def test_what_cannot_be_read_now_says_so(tmp_path: Path, house: Path, source: str) -> None:
    async with living(tmp_path, POLICY, house) as daemon:
        with pytest.raises(Unavailable, match=source):
            await texts(daemon, tmp_path).read(source, OWNER, daemon.gate)


async def test_a_pipe_is_no_file_and_nobody_waits_for_its_writer(tmp_path: Path, house: Path) -> None:
    os.mkfifo(tmp_path / "mail.txt")
    async with living(tmp_path, POLICY, house) as daemon:
        with pytest.raises(Unavailable, match="no file"):
            await texts(daemon, tmp_path).read("mail", OWNER, daemon.gate)


@pytest.mark.parametrize("source", ["calendar.family", "/etc/passwd", "http://example.com", ""])
async def test_only_named_sources_are_read(tmp_path: Path, house: Path, source: str) -> None:
    async with living(tmp_path, POLICY, house) as daemon:
        with pytest.raises(Refused, match="no source"):
            await texts(daemon, tmp_path).read(source, OWNER, daemon.gate)


async def test_nothing_is_read_without_a_permit(tmp_path: Path, house: Path) -> None:
    async with living(tmp_path, POLICY, house) as daemon:
        action = Action("claw.read", (), {"source": "family", "call": 1})
        with pytest.raises(Refused):
            await texts(daemon, tmp_path).perform(Permit(action.digest(), 1, 1e12, b"", b""), action)


async def test_a_program_reads_for_whoever_it_runs_for(tmp_path: Path, house: Path) -> None:
    policy = POLICY + "  - {id: think, allow: claw.model}\n"
    async with ScriptedModel() as model:
        asked = ModelConfig(name="m", base_url=model.base_url)
        async with living(tmp_path, policy, house, model=asked, sources=sources(tmp_path)) as daemon:
            model.when("calendar", program='text = await read("family")\nawait text.show()')
            assert "Dentist" in (await daemon.desk.say("what does the calendar hold for us", OWNER)).text
            assert "Dentist" not in (await daemon.desk.say("what does the calendar hold for us", CHILD)).text
