"""The wheel is all of Claw: the same bytes from the same sources, and it runs where there is no checkout.

Nothing is downloaded: what Claw needs is taken from where the tests have it.  A path of packages that is given by
``PYTHONPATH`` runs none of the ``.pth`` files there, so the checkout, which is installed by one, is not to be found.
"""

import base64
import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import environment

ROOT = Path(__file__).parents[2]
EPOCH = "1700000000"
pytestmark = pytest.mark.xdist_group("wheel")  # one process builds it, and not each


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the repository, as somebody has it who was given no more than that."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", ":!tests", ":!bench"]
    told = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    folder = tmp_path_factory.mktemp("sources") / "claw"
    for name in filter(None, told.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def built(sources: Path, folder: Path, umask: int, **more: str) -> Path:
    command = [sys.executable, str(sources / "packaging" / "build.py"), str(folder)]
    subprocess.run(
        command, env={**environment(), "SOURCE_DATE_EPOCH": EPOCH, **more}, cwd=folder.parent, umask=umask,
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(sources, tmp_path_factory.mktemp("wheel") / "dist", 0o022)


def sums(folder: Path) -> dict[str, str]:
    files = [path for path in folder.iterdir() if path.is_file()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_sources_give_the_same_bytes(wheel: Path, sources: Path, tmp_path: Path) -> None:
    again = built(sources, tmp_path / "again", 0o077, TZ="Pacific/Auckland", LC_ALL="C", PYTHONHASHSEED="7")
    assert sums(again.parent) == sums(wheel.parent)
    listed = dict(line.split()[::-1] for line in (wheel.parent / "SHA256SUMS").read_text().splitlines())
    assert listed == {name: found for name, found in sums(wheel.parent).items() if name != "SHA256SUMS"}


def test_the_app_of_home_assistant_has_the_release_that_it_is_built_from(wheel: Path, sources: Path) -> None:
    app = wheel.parent / "home-assistant-app" / "claw"
    assert sums(app / "release") == sums(wheel.parent)
    assert sums(app) == sums(sources / "packaging" / "home-assistant-app" / "claw")


def test_everything_that_runs_or_is_read_is_in_it(wheel: Path, sources: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {
        str(path.relative_to(sources))
        for path in (sources / "claw").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    skills = {
        f"claw/skills/shipped/{path.relative_to(sources / 'skills')}"
        for path in (sources / "skills").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert len(skills) > 20
    assert not (files | skills) - names
    shared = {name.partition(".data/data/share/")[2] for name in names if ".data/" in name}
    assert shared >= {
        "man/man1/claw.1",
        "bash-completion/completions/claw",
        "zsh/site-functions/_claw",
        "fish/vendor_completions.d/claw.fish",
        "claw/config.example.yaml",
        "claw/policy.example.yaml",
        *(f"doc/claw/{path.name}" for path in (sources / "docs").glob("*.md")),
        *(f"claw/{path.relative_to(sources)}" for path in (sources / "systemd").rglob("*") if path.is_file()),
    }


def test_nothing_else_is_in_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if re.search(r"(^|/)(tests?_|\.|__pycache__)|\.py[co]$|\.pth$", name)]
    assert {name.partition("/")[0] for name in names} <= {"claw", "claw-0.1.0.data", "claw-0.1.0.dist-info"}
    assert len(names) == len(set(names))


def test_its_record_names_every_file_with_its_hash(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel)
    (record,) = [name for name in held.namelist() if name.endswith(".dist-info/RECORD")]
    rows = {row[0]: row[1] for row in csv.reader(io.StringIO(held.read(record).decode()))}
    assert rows.keys() == set(held.namelist())
    for name, told in rows.items():
        if name != record:
            digest = base64.urlsafe_b64encode(hashlib.sha256(held.read(name)).digest()).rstrip(b"=").decode()
            assert told == f"sha256={digest}"


def test_it_is_said_what_it_is_made_of(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel)
    (bill,) = [name for name in held.namelist() if name.endswith(".dist-info/sboms/claw.cdx.json")]
    assert held.read(bill) == (wheel.parent / "sbom.cdx.json").read_bytes()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but Claw in it; returns its ``claw``."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=60)
    uv = [Path(sys.executable).with_name("uv"), "pip", "install", "--quiet", "--offline", "--no-deps", "--no-cache"]
    subprocess.run([*uv, "--python", venv / "bin" / "python", wheel], check=True, timeout=60)
    return venv / "bin" / "claw"


def around() -> dict[str, str]:
    """An environment in which what Claw needs is found, and the checkout is not."""
    return {**environment(), "PYTHONPATH": sysconfig.get_path("purelib"), "PYTHONDONTWRITEBYTECODE": "1"}


def run(claw: Path, *words: str) -> str:
    done = subprocess.run(
        [claw, *words], env=around(), cwd=claw.parent, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def demo(claw: Path, state: Path) -> Iterator[str]:
    """Run the demo on ``state``; give the address of its page."""
    with (state.parent / "said").open("w+") as said:
        command = [claw, "demo", "--port", "0", "--no-browser", "--state-dir", state]
        process = subprocess.Popen(
            command, env=around(), cwd=state.parent, stdout=subprocess.PIPE, stderr=said, text=True
        )
        try:
            assert process.stdout is not None
            address = ""
            for line in process.stdout:
                if found := re.search(r"http://[\w.:]+/", line):
                    address = found[0]
                if "Ctrl-C" in line:
                    break
            said.seek(0)
            assert address, said.read()
            yield address
        finally:
            process.terminate()
            process.communicate(timeout=30)


def test_it_runs_where_there_is_no_checkout(installed: Path, sources: Path, tmp_path: Path) -> None:
    where = "import claw, sys; print(claw.__file__)"
    told = subprocess.run(
        [installed.with_name("python"), "-c", where], env=around(), cwd=tmp_path, check=True, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert Path(told.stdout.strip()).is_relative_to(installed.parents[1])
    assert run(installed, "--version") == "claw 0.1.0\n"
    with demo(installed, tmp_path / "state") as address:
        state = ("--state-dir", str(tmp_path / "state"))
        assert json.loads(run(installed, "say", "turn on the kitchen lights", "--json", *state))["status"] == "done"
        shipped = {path.parent.name for path in (sources / "skills").glob("*/SKILL.md")}
        listed = json.loads(run(installed, "skills", "list", "--json", *state))
        assert {each["name"] for each in listed if each["state"] == "trusted"} >= shipped
        page = subprocess.run(
            [sys.executable, "-c", FETCH, address], check=True, capture_output=True, text=True, timeout=60
        )
        assert "login.js" in page.stdout


FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1] + 'login', timeout=30).read().decode())"


def test_it_installs_nothing_that_it_does_not_own(installed: Path) -> None:
    (packages,) = installed.parents[1].glob("lib/python*/site-packages")
    assert sorted(path.name for path in packages.iterdir()) == ["claw", "claw-0.1.0.dist-info"]
    assert os.access(installed, os.X_OK)
