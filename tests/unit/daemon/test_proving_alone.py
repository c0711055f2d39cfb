"""Skills proved with no daemon there: which folders are meant, and a report for each."""

from pathlib import Path

import pytest

from claw.base.errors import Invalid, Refused
from claw.daemon.proving_alone import find, folders, proved, skill_at
from claw.skills import places
from claw.skills.proof import Effort
from tests.skill_folders import skill_files, write_files

FEW = Effort(0.02)


def test_the_homes_own_skills_stand_before_those_that_ship(tmp_path: Path) -> None:
    assert "movie-time" in folders(tmp_path)
    own = write_files(places.own(tmp_path) / "movie-time", skill_files("movie-time"))
    (places.own(tmp_path) / "no-skill").mkdir()
    write_files(places.own(tmp_path) / ".night-light.new", skill_files("night-light"))
    there = folders(tmp_path)
    assert there["movie-time"] == own
    assert "no-skill" not in there
    assert not any(name.startswith(".") for name in there)
    assert list(there) == sorted(there)


def test_a_skill_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "elsewhere" / "reading-light", skill_files("reading-light"))
    assert find("good-night", tmp_path).name == "good-night"
    assert skill_at(find(str(folder), tmp_path)).name == "reading-light"
    with pytest.raises(Refused, match="there is no skill 'unheard-of'; there are bedtime-children, "):
        find("unheard-of", tmp_path)


def test_a_folder_that_is_no_skill_is_refused(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "wrong", {"SKILL.md": b"nothing"})
    with pytest.raises(Invalid):
        skill_at(folder)


def test_one_that_is_still_being_written_needs_no_hashes(tmp_path: Path) -> None:
    files = dict(skill_files("reading-light"))
    files["skill.yaml"] = files["skill.yaml"].partition(b"files:")[0]
    assert skill_at(write_files(tmp_path / "reading-light", files)).problems == ()
    files["skill.yaml"] += b"files: {SKILL.md: " + b"a" * 64 + b"}\n"
    (tmp_path / "reading-light" / "skill.yaml").write_bytes(files["skill.yaml"])
    assert skill_at(tmp_path / "reading-light").problems != ()


async def test_a_skill_is_proved_in_a_house_that_was_written_down(tmp_path: Path) -> None:
    skill = skill_at(find("laundry-done", tmp_path))
    house = tmp_path / "house.yaml"
    house.write_text(
        "areas: [{id: hall, name: Hall}]\n"
        "entities: [{entity_id: light.hall, name: Hall, area: hall, state: 'off'}]\n"
        "now: 2026-01-05T12:00:00+00:00\n"
    )
    tried: list[str] = []
    async for report in proved([skill], house, FEW, lambda _skill: lambda kind, _name: tried.append(kind)):
        assert (report.name, report.green) == ("laundry-done", True), report.failed()
    assert {"test", "trouble"} <= set(tried)
