"""What ships in ``skills/`` is sealed and locked, a skill by the specification, and goes into the wheel."""

import subprocess
import sys
from pathlib import Path

import pytest
from skills_ref import validate

from claw.skills.folder import read_folder
from claw.skills.lock import fresh, read_lock, skill_folders
from claw.skills.places import LOCK, shipped
from claw.skills.reading import read_skill, sealed

ROOT = Path(__file__).parents[3]
SKILLS = ROOT / "skills"
FOLDERS = skill_folders(SKILLS)


def test_the_lock_is_of_the_skills_that_are_there() -> None:
    assert shipped() == SKILLS
    assert read_lock(SKILLS / LOCK) == fresh(SKILLS), "run make skills"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_skill_that_ships_is_sealed_and_holds_nothing_that_keeps_it_a_draft(folder: Path) -> None:
    files = read_folder(folder, installed=True)
    assert sealed(files) == files, "run make skills"
    skill = read_skill(files, folder.name)
    assert skill.problems == ()
    assert skill.manifest.provenance.made == "shipped"
    assert skill.tests
    assert f"# {skill.version}" in files["CHANGELOG.md"].decode()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_skill_that_ships_passes_the_validator_of_the_specification(folder: Path) -> None:
    assert validate(folder) == []


def test_the_skills_are_in_the_wheel(tmp_path: Path) -> None:
    code = "import runpy, sys; sys.argv[1:1] = ['-q', 'build_py', '--build-lib']; runpy.run_path('setup.py')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(tmp_path)], cwd=ROOT, check=True, timeout=60)
    built = tmp_path / "claw" / "skills" / "shipped"
    assert fresh(built) == fresh(SKILLS) == read_lock(built / LOCK)
