"""Roots of a fresh Debian 12, and the steps of a container file done in them: no container engine is needed.

The two kinds of root are made once, below the cache folder, by packaging/fresh-root.sh; every use gets a copy.
"""

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.peers.real_hass import cache_folder

SCRIPT = Path(__file__).parents[1] / "packaging" / "fresh-root.sh"
KEPT = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:8]
"""Roots are kept for as long as the script is the same."""
BARE: Mapping[str, str] = {"PACKAGES": ""}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class FreshRoot:
    """One root; ``run`` and ``begin`` take commands in it, as root."""

    folder: Path

    def at(self, path: str) -> Path:
        """Where a path of the root is here."""
        return self.folder / path.lstrip("/")

    def command(self, *words: str) -> list[str]:
        """The command that runs ``words`` in it."""
        return [str(SCRIPT), str(self.folder), *words]

    def run(self, *words: str, timeout: float = 900, **more: str) -> str:
        """Run a command to its end and return what it said; raises AssertionError with its errors."""
        done = subprocess.run(
            self.command(*words), env={**os.environ, **more}, capture_output=True, text=True, check=False,
            timeout=timeout, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, (
            f"{' '.join(words)[:300]}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
        return done.stdout

    def beside(self, begun: "subprocess.Popen[str]", *words: str) -> str:
        """Run a command among the processes of one that was begun, which may ask who it is; return what it said."""
        (inner,) = Path(f"/proc/{begun.pid}/task/{begun.pid}/children").read_text(encoding="ascii").split()
        enter = ["nsenter", "--target", inner, "--pid", "--mount", "--root", "--wd"]
        done = subprocess.run(
            [*enter, "env", "-i", f"PATH={PATH}", "LANG=C.UTF-8", *words], capture_output=True, text=True,
            check=False, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(words)[:300]}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def begun(self, *words: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
        """Begin a command whose output, errors too, can be read; it is ended afterwards with all that it started."""
        process = subprocess.Popen(
            self.command(*words), env={**os.environ, **more}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()  # its namespace of processes goes with it
            process.communicate(timeout=30)


@contextmanager
def fresh_root(kind: Mapping[str, str] | None = None) -> Iterator[FreshRoot]:
    """Give a root of its own on the disk, which is removed afterwards; ``kind`` is the script's environment."""
    kind = kind or {}
    cached = cache_folder() / f"debian-bookworm-{KEPT}{'-bare' if kind == BARE else ''}"
    cached.parent.mkdir(parents=True, exist_ok=True)
    with cached.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([SCRIPT, cached], env={**os.environ, **kind}, check=True, capture_output=True, timeout=1800)
    with TemporaryDirectory(prefix="claw-root-", dir="/var/tmp") as folder:
        root = Path(folder, "root")
        subprocess.run(["cp", "--archive", "--reflink=auto", cached, root], check=True, timeout=300)
        yield FreshRoot(root)


@dataclass
class Stage:
    """One stage of a container file: what it is called, and its instructions in order."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def last(self, kind: str) -> str:
        """What the last instruction of a kind says."""
        return next(said for each, said in reversed(self.steps) if each == kind)

    @property
    def environment(self) -> dict[str, str]:
        """All that ENV sets."""
        said = " ".join(said for kind, said in self.steps if kind == "ENV")
        return dict(each.split("=", 1) for each in said.split())


def stages(path: Path) -> list[Stage]:
    """Return the stages of a container file."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: list[Stage] = []
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        kind, _, said = line.strip().partition(" ")
        if kind == "FROM":
            found.append(Stage(said.partition(" AS ")[2]))
        elif kind and found:
            found[-1].steps.append((kind, said))
    return found


def build(stage: Stage, root: FreshRoot, context: Path, others: Mapping[str, FreshRoot]) -> None:
    """Do what changes files: RUN, COPY and WORKDIR, with what ARG says; the rest is for who starts it."""
    environment = [f"PATH={PATH}", "HOME=/root"]
    for kind, said in stage.steps:
        if kind == "RUN":
            root.run("env", *environment, "sh", "-ec", said)
        elif kind == "ARG":
            environment += shlex.split(said)
        elif kind == "WORKDIR":
            root.at(said).mkdir(parents=True, exist_ok=True)
        elif kind == "COPY":
            words = said.split()
            where = others[words.pop(0).partition("=")[2]].folder if words[0].startswith("--from=") else context
            (source, to) = words
            _copy(where / source.lstrip("/"), root.at(to), into=to.endswith("/"))


def _copy(source: Path, to: Path, *, into: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True)
        return
    target = to / source.name if into else to
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
