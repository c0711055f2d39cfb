"""What a person had forgotten stays in no skill that was made of it: searched for in every byte on disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hostile.test_skill_agreement import ANNA, NAME, POLICY, WORDS, Home, _green, waiting


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    monkeypatch.setattr("claw.daemon.skilled.Proving.prove", _green)
    async with waiting(tmp_path, POLICY.replace("[claw.notify,", "[claw.forget, claw.notify,")) as made:
        yield made


def _found(folder: Path, text: str) -> set[str]:
    needle = text.encode()
    return {path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()}


async def test_who_has_everything_about_them_forgotten_leaves_no_skill_made_of_it(home: Home, tmp_path: Path) -> None:
    await home.say()
    state = tmp_path / "state"
    assert {name.partition("-")[0] for name in _found(state, WORDS)} >= {"skill.yaml", "claw.db", "audit.db"}
    told = await home.daemon.desk.say("forget everything about me", ANNA)
    assert told.status == "done", told.text
    lives = home.daemon.skills.lives
    assert lives.standings.of(NAME) is None
    assert home.daemon.skills.library.get(NAME) is None
    assert _found(state, WORDS) == set()
    assert _found(state, NAME) == set()
    kept = [one.payload for one in home.daemon.audit.entries(0, 1000, kinds=("skill",))]
    assert None in kept
    left = {str(payload["skill"]) for payload in kept if payload is not None}
    assert left == {one.name for one in lives.standings.all()}, "of its life stays that there was one, and no name"
    assert (await home.say()).path == "program"
