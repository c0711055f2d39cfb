"""Builds what is given to others: the wheel, the locks of what it needs, its bill of materials, and their sums.

    python packaging/build.py [FOLDER]

It needs no network, and what is installed by the locks alone: the build backend is asked as it is, in a copy of the
sources that holds nothing else.  The same sources give the same bytes, whoever builds them, whenever and wherever:
times are ``SOURCE_DATE_EPOCH`` (else that of the last commit), modes are set, and the order is the alphabet's.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BESIDE = (
    "requirements.lock",
    "requirements-voice.lock",
    "requirements-channels.lock",
    "packaging/install.sh",
)
APP = Path("home-assistant-app", "claw")
LEFT_OUT = {".git", ".venv", "build", "dist", "tests", "bench"}
BUILD = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"


def build(folder: Path, root: Path = ROOT) -> Path:
    """Put everything into ``folder``, which is made where it is not there; return the wheel."""
    folder.mkdir(parents=True, exist_ok=True)
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or _last_commit(root)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory(prefix="claw-build-") as name:
        sources = Path(name, "claw")
        for each in sorted(_sources(root)):
            to = sources / each
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / each, to)
            to.chmod(0o755 if os.access(root / each, os.X_OK) else 0o644)
        out = Path(name, "out")
        out.mkdir()
        done = subprocess.run(  # noqa: S603  our own Python
            [sys.executable, "-c", BUILD, str(out)],
            cwd=sources, env=environment, check=False, capture_output=True, text=True, umask=0o022,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        (built,) = out.glob("*.whl")
        for old in folder.glob("claw-*.whl"):
            old.unlink()
        wheel = Path(shutil.copyfile(built, folder / built.name))
    with zipfile.ZipFile(wheel) as held:
        (bill,) = [each for each in held.namelist() if each.endswith(".dist-info/sboms/claw.cdx.json")]
        (folder / "sbom.cdx.json").write_bytes(held.read(bill))
    for each in BESIDE:
        shutil.copy(root / each, folder / Path(each).name)
    names = [wheel.name, "sbom.cdx.json", *(Path(each).name for each in BESIDE)]
    _write_sums(folder, names)
    _lay_out_app(folder, [*names, "SHA256SUMS"], root)
    return wheel


def _lay_out_app(folder: Path, names: list[str], root: Path) -> None:
    """Put the app of Home Assistant there, with the release that it is built from: its builder sees one folder only."""
    to = folder / APP
    shutil.rmtree(to.parent, ignore_errors=True)
    shutil.copytree(root / "packaging" / APP.parent, to.parent, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (to / "release").mkdir()
    for name in names:
        shutil.copy(folder / name, to / "release" / name)


def _write_sums(folder: Path, names: list[str]) -> None:
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names)]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _sources(root: Path) -> list[Path]:
    """Return what belongs to the sources, relative to ``root``: what git does not ignore, or all of a released tree."""
    if (root / ".git").exists():
        listed = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        told = subprocess.run(listed, check=True, capture_output=True, text=True).stdout  # noqa: S603  a fixed command
        paths = [Path(each) for each in told.split("\0") if each]
    else:
        paths = [path.relative_to(root) for path in root.rglob("*")]
    kept = [path for path in paths if path.parts[0] not in LEFT_OUT and "__pycache__" not in path.parts]
    return [path for path in kept if (root / path).is_file()]


def _last_commit(root: Path) -> str:
    try:
        told = subprocess.run(  # noqa: S603  a fixed command
            ["git", "-C", str(root), "log", "-1", "--format=%ct"],  # noqa: S607  found on PATH, as a person would
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "315532800"
    return told.stdout.strip()


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"))
