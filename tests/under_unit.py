"""Runs a command as a systemd unit would confine it, where systemd is not there to do so.

What the kernel is told is the same: no new privileges, no capability, system calls, address families, namespaces and
memory by seccomp, another user, the file system read-only but for named folders, and other people's processes unseen.
What is not done is what only systemd's manager does: control groups (memory, tasks, devices, addresses), devices and
credentials.  Whoever is not root stays who they are and sees all files.

    python -m tests.under_unit --writable /tmp/state systemd/claw.service -- claw run ...
"""

import argparse
import ctypes
import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ALLOW = 0x7FFF0000
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
HIGHEST_FAMILY = 45
NAMESPACES = {
    "mnt": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
_PROT_WRITE, _PROT_EXEC, _SHM_EXEC = 2, 4, 0o100000
_EQ, _MASKED = 4, 7
_NEWNS, _PRIVATE, _RECURSIVE, _BIND, _REMOUNT, _READ_ONLY = 0x20000, 1 << 18, 1 << 14, 1 << 12, 1 << 5, 1
_DROP_FROM_BOUND, _NO_NEW_PRIVILEGES, _DETACH = 24, 38, 2
TUNABLES = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
"""What ProtectKernelTunables= makes read-only, of what every machine has."""
USER = 991
"""Nobody here, and a number as system users have them."""
HERE = Path(__file__).resolve().parent.parent


class _Compare(ctypes.Structure):
    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]


def settings(unit: Path) -> dict[str, list[str]]:
    """Return the settings of the unit's section [Service], each with its values in their order."""
    found: dict[str, list[str]] = {}
    section, line = "", ""
    for raw in unit.read_text(encoding="utf-8").splitlines():
        if raw.startswith(("#", ";")):
            continue
        line += raw
        if line.endswith("\\"):
            line = line[:-1] + " "
            continue
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line:
            name, _, value = line.partition("=")
            found.setdefault(name.strip(), []).append(value.strip())
        line = ""
    return found


@cache
def _sets() -> dict[str, list[str]]:
    asked = ["systemd-analyze", "--no-pager", "syscall-filter"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    sets: dict[str, list[str]] = {}
    name = ""
    for line in done.stdout.splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            sets[name].append(line.strip())
        elif line and not line.startswith(" "):
            name = "?"
            sets.setdefault(name, [])
    return sets


def calls(values: Sequence[str]) -> set[str]:
    """Return the names of the system calls that the values of SystemCallFilter= allow."""
    allowed: set[str] = set()

    def expand(name: str) -> set[str]:
        return set().union(*(expand(one) for one in _sets()[name])) if name.startswith("@") else {name}

    for value in values:
        names = set().union(*(expand(name) for name in value.removeprefix("~").split()))
        allowed = allowed - names if value.startswith("~") else allowed | names
    return allowed | expand("@default")


class Filter:
    """Filters of system calls as systemd makes them, one for each setting."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self._lib.seccomp_init.restype = ctypes.c_void_p
        self._lib.seccomp_rule_add_array.argtypes = [
            *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint),
            ctypes.POINTER(_Compare),
        ]

    def only(self, names: set[str]) -> None:
        """Refuse every call but these."""
        context = self._begin(0x00050000 | errno.EPERM)
        for name in names:
            self._add(context, ALLOW, name)
        self._load(context)

    def refuse(self, *rules: tuple[str, int, int, int]) -> None:
        """Refuse calls by ``(name, argument, mask, value)``; a mask of 0 stands for any."""
        context = self._begin(ALLOW)
        for name, argument, mask, value in rules:
            self._add(context, 0x00050000 | errno.EPERM, name, (argument, mask, value) if mask else None)
        self._load(context)

    def missing(self, name: str) -> None:
        """Have a call look as if this kernel did not know it."""
        context = self._begin(ALLOW)
        self._add(context, 0x00050000 | errno.ENOSYS, name)
        self._load(context)

    def _begin(self, otherwise: int) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._lib.seccomp_init(ctypes.c_uint32(otherwise)))

    def _add(
        self, context: ctypes.c_void_p, action: int, name: str, compared: tuple[int, int, int] | None = None
    ) -> None:
        number = self._lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # of another architecture
        count, rule = 0, _Compare()
        if compared is not None:
            argument, mask, value = compared
            count, rule = 1, _Compare(argument, _MASKED, mask, value)
        done = self._lib.seccomp_rule_add_array(context, action, number, count, ctypes.byref(rule))
        assert done in {0, -errno.EEXIST}, (name, done)

    def _load(self, context: ctypes.c_void_p) -> None:
        done = self._lib.seccomp_load(context)
        assert done == 0, os.strerror(-done)


def confine(unit: Path, writable: Sequence[Path], user: int = USER) -> None:
    """Confine this process for good as ``unit`` says; ``writable`` are the folders that it may write to."""
    said = settings(unit)
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        hidden = said.get("ProtectProc", [""])[-1] == "invisible"
        _files(libc, writable, hidden=hidden, tunables=said.get("ProtectKernelTunables", ["no"])[-1] == "no")
        for capability in range(64):
            libc.prctl(_DROP_FROM_BOUND, capability, 0, 0, 0)
        for folder in writable:
            _give(folder, user)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    if said.get("NoNewPrivileges", ["no"])[-1] == "yes":
        assert libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    if said.get("PrivateTmp", ["no"])[-1] == "yes" and writable:
        os.environ["TMPDIR"] = str(writable[0])
    os.umask(int(said.get("UMask", ["0022"])[-1], 8))
    filters = Filter()
    _families(filters, said.get("RestrictAddressFamilies", [""])[-1].split())
    _namespaces(filters, said.get("RestrictNamespaces", ["no"])[-1])
    if said.get("MemoryDenyWriteExecute", ["no"])[-1] == "yes":
        filters.refuse(
            ("mmap", 2, _PROT_WRITE | _PROT_EXEC, _PROT_WRITE | _PROT_EXEC),
            ("mprotect", 2, _PROT_EXEC, _PROT_EXEC),
            ("pkey_mprotect", 2, _PROT_EXEC, _PROT_EXEC),
            ("shmat", 2, _SHM_EXEC, _SHM_EXEC),
        )
    filters.only(calls(said["SystemCallFilter"]) | {"execve"})


def _families(filters: Filter, allowed: Sequence[str]) -> None:
    numbers = {FAMILIES[name] for name in allowed}
    filters.refuse(*(("socket", 0, 0xFFFFFFFF, one) for one in range(1, HIGHEST_FAMILY) if one not in numbers))


def _namespaces(filters: Filter, said: str) -> None:
    if said == "no":
        return
    allowed = set() if said == "yes" else set(said.split())
    filters.missing("clone3")  # its flags lie where no filter sees them
    refused = [flag for name, flag in NAMESPACES.items() if name not in allowed]
    rules = [(call, 0, flag, flag) for flag in refused for call in ("clone", "unshare")]
    filters.refuse(*rules)


def _files(libc: ctypes.CDLL, writable: Sequence[Path], *, hidden: bool, tunables: bool) -> None:
    """Have a view of the files of one's own, in which nothing can be written but ``writable`` and /tmp."""
    _done(libc.unshare(_NEWNS))
    _done(libc.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None))
    for folder in writable:
        _done(libc.mount(bytes(folder), bytes(folder), None, _BIND, None))
    needed = {HERE, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    _reachable(libc, [*(one for one in needed if not any(other in one.parents for other in needed)), *writable])
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    points = [line.split()[4].encode().decode("unicode_escape") for line in lines]
    for point in points:
        if point.startswith(("/proc", "/dev", "/sys")) or any(point == str(folder) for folder in writable):
            continue
        libc.mount(None, point.encode(), None, _BIND | _REMOUNT | _READ_ONLY, None)
    if hidden:
        _done(libc.mount(b"proc", b"/proc", b"proc", 0, b"hidepid=invisible"))
    for name in () if tunables else TUNABLES:
        if Path(name).exists():  # and where parts of it are kept from everybody, nobody may mount one of their own
            _done(libc.mount(name.encode(), name.encode(), None, _BIND | _RECURSIVE, None))
            _done(libc.mount(None, name.encode(), None, _BIND | _REMOUNT | _READ_ONLY, None))


def _give(folder: Path, user: int) -> None:
    for root, folders, files in os.walk(folder):
        for path in (Path(root), *(Path(root) / one for one in (*folders, *files))):
            os.chown(path, user, user, follow_symlinks=False)


def _reachable(libc: ctypes.CDLL, wanted: Sequence[Path]) -> None:
    """Have the ``wanted`` folders where they are for everybody, though a folder above them may be for root alone."""
    hidden: dict[Path, list[Path]] = {}
    for path in wanted:
        closed = next((one for one in reversed(path.parents) if not one.stat().st_mode & 1), None)
        if closed is not None:
            hidden.setdefault(closed, []).append(path)
    for closed, paths in hidden.items():
        aside = [Path(tempfile.mkdtemp()) for _ in paths]
        for path, here in zip(paths, aside, strict=True):
            _done(libc.mount(bytes(path), bytes(here), None, _BIND | _RECURSIVE, None))
        _done(libc.mount(b"tmpfs", bytes(closed), b"tmpfs", 0, b"mode=755"))
        for path, here in zip(paths, aside, strict=True):
            path.mkdir(parents=True, exist_ok=True)
            _done(libc.mount(bytes(here), bytes(path), None, _BIND | _RECURSIVE, None))
            _done(libc.umount2(bytes(here), _DETACH))
            here.rmdir()


def _done(result: int) -> None:
    assert result == 0, os.strerror(ctypes.get_errno())


def main() -> None:
    """Confine, then become the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("unit", type=Path)
    parser.add_argument("--writable", type=Path, action="append", default=[])
    parser.add_argument("--user", type=int, default=USER)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    command = asked.command[1:] if asked.command[:1] == ["--"] else asked.command
    confine(asked.unit, asked.writable, asked.user)
    os.execvp(command[0], command)  # noqa: S606  this is what it is for


if __name__ == "__main__":
    sys.exit(main())
