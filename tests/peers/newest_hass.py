"""The newest Home Assistant, which wants a newer Python than most machines have: in a Debian of its own.

Debian's testing release is put below the cache folder (once, about two minutes and two gigabytes), which needs root and
``debootstrap``.  What runs in it sees its own files and this machine's network, and nothing else of this machine.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.peers.real_hass import LOADED, CannotInstall, RealHomeAssistant, cache_folder, install, run, up

SUITE = "forky"
VENV, CONFIG = Path("opt/hass"), Path("srv/config")
ENTER = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
ENTER_WITH = 'mount -t proc proc "$0/proc" && mount --bind "$1" "$0/srv/config" && shift && exec chroot "$0" "$@"'
_KEPT = ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt")
_MIRROR = re.compile(r"^(?:URIs:|deb(?: \[.*?\])?)\s+(\S+/debian/?)(?:\s|$)", re.MULTILINE)


@dataclass
class NewestHomeAssistant(RealHomeAssistant):
    """One running Home Assistant in a root of its own; ``folder`` is outside, where a test looks."""

    root: Path = Path("/")

    def command(self) -> list[str]:
        """The command that runs it, but for its last options."""
        self.folder.mkdir(parents=True, exist_ok=True)
        inside = [f"/{VENV}/bin/hass", "-c", f"/{CONFIG}"]
        return [_unshare(), "--mount", "sh", "-c", ENTER_WITH, str(self.root), str(self.folder), *inside]


def newest_root(cache: Path | None = None) -> Path:
    """Return the root with the newest Home Assistant, built if need be; raises CannotInstall."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None or shutil.which("unshare") is None:
        raise CannotInstall("the newest Home Assistant needs root and debootstrap")
    folder = (cache or cache_folder()) / f"home-assistant-{SUITE}"
    folder.mkdir(parents=True, exist_ok=True)
    root, marker = folder / "root", folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists() or marker.read_text() != LOADED:
            try:
                if not marker.exists():
                    _build(root)
                _install(root)
            except (OSError, subprocess.SubprocessError) as error:
                raise CannotInstall(str(error)) from error
            marker.write_text(LOADED)
    return root


def _build(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    script = Path("/usr/share/debootstrap/scripts/sid")  # older ones do not know the newest release by name
    packages = "--include=python3,python3-venv,python3-dev,g++,ca-certificates"
    # In a namespace of its own what it mounts is gone when it ends, however it ends.
    run([_unshare(), "--mount", "debootstrap", "--variant=minbase", packages, SUITE, str(root), _mirror(), str(script)])
    for name in _KEPT:
        if Path("/", name).exists():
            shutil.copyfile(Path("/", name), root / name)
    (root / CONFIG).mkdir(parents=True)
    run([*_enter(root), "python3", "-m", "venv", f"/{VENV}"])


def _install(root: Path) -> None:
    install(root / VENV, root, _enter(root))


def _enter(root: Path) -> list[str]:
    return [_unshare(), "--mount", "sh", "-c", ENTER, str(root), "env", "LANG=C.UTF-8", "HOME=/root"]


def _mirror() -> str:
    """Return where this machine's own packages come from; raises CannotInstall where it does not say."""
    folder = Path("/etc/apt")
    for path in (*folder.glob("sources.list.d/*"), folder / "sources.list"):
        with contextlib.suppress(OSError):
            if found := _MIRROR.search(path.read_text()):
                return found[1]
    raise CannotInstall("the sources of packages of this machine name no Debian mirror")


def _unshare() -> str:
    return shutil.which("unshare") or "unshare"


@contextlib.contextmanager
def newest_booted(folder: Path) -> Iterator[RealHomeAssistant]:
    """Boot the newest Home Assistant below ``folder`` and end it afterwards; raises CannotInstall."""
    root = newest_root()
    with up(NewestHomeAssistant(root / VENV, folder, root=root)) as peer:
        yield peer
