"""Whether there is room on the disk, also for a stop; how large the databases are and how much is written."""

import os
from collections.abc import Iterator
from pathlib import Path

from claw.care.doctor_case import Case
from claw.care.finding import Finding
from claw.store.reserve import KEPT_BYTES

ABOUT = "disk"
MIB, GIB = 2**20, 2**30
LITTLE, HARDLY = GIB, 4 * KEPT_BYTES
FEW_INODES = 10_000
LARGE = 4 * GIB
"""A state directory of this size has grown for years, or something in it is not bounded."""
BUSY_MB_A_DAY = 300.0
"""What a busy house may write in a day: cards wear out."""
LEAST_UPTIME_S = 6 * 3600.0
PROC = Path("/proc")


def disk(case: Case) -> Iterator[Finding]:
    """Give how the disk of the state directory is."""
    if not case.state.is_dir():
        text = f"There is no state directory at {case.state}."
        yield Finding(ABOUT, "note", text, "Claw makes it at its first start; another one is named with --state-dir.")
        return
    yield from _room(case)
    yield from _reserve(case)
    yield from _size(case)
    yield from _written(case)


def _room(case: Case) -> Iterator[Finding]:
    found = _statvfs(case.state)
    if found is None:
        yield Finding(ABOUT, "problem", "The disk of the state directory does not say how full it is.")
        return
    free, inodes = found
    mend = f"Make room on the disk of {case.state}; du -xh / shows what takes it."
    text = f"{_amount(free)} are free for the state directory."
    if free < HARDLY:
        yield Finding(ABOUT, "problem", f"Only {text} When it is full, Claw begins nothing new.", mend)
    elif free < LITTLE:
        yield Finding(ABOUT, "warning", f"Only {text}", mend)
    else:
        yield Finding(ABOUT, "ok", text)
    if inodes is not None and inodes < FEW_INODES:
        yield Finding(ABOUT, "warning", f"The disk takes only {inodes} more files.", mend)


def _statvfs(path: Path) -> tuple[int, int | None] | None:
    """Return the bytes that are free, and the files where the file system counts them."""
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None


def _reserve(case: Case) -> Iterator[Finding]:
    reserve = case.part("stopping").get("reserve")
    if not isinstance(reserve, dict):
        return
    mend = f"Make room on the disk of {case.state}, and Claw goes on by itself."
    if reserve.get("used") is True:
        yield Finding(ABOUT, "problem", "The room that is kept for a stop is used up: Claw begins nothing new.", mend)
    elif not reserve.get("bytes"):
        yield Finding(ABOUT, "warning", "No room could be set aside for a stop on a full disk.", mend)


def _size(case: Case) -> Iterator[Finding]:
    sizes = {path.name: path.stat().st_size for path in case.state.glob("*.db*") if path.is_file()}
    whole = sum(sizes.values())
    if not sizes:
        return
    largest = max(sizes, key=lambda name: sizes[name])
    text = f"The databases take {_amount(whole)}, most of it {largest} ({_amount(sizes[largest])})."
    if whole > LARGE:
        yield Finding(
            ABOUT, "warning", text, "Set audit: keep_days: in the configuration, and sealed parts of the log go."
        )
    else:
        yield Finding(ABOUT, "ok", text)


def _written(case: Case) -> Iterator[Finding]:
    uptime, pid = case.part_number("uptime_s"), case.holder
    if pid is None or uptime < LEAST_UPTIME_S:
        return
    written = _bytes_written(pid)
    if written is None:
        return
    a_day = written / MIB * 86_400 / uptime
    text = f"The daemon writes {a_day:.0f} MB a day."
    if a_day > BUSY_MB_A_DAY:
        yield Finding(ABOUT, "warning", text, "Keep the state directory on a disk; an SD card wears out by this.")
    else:
        yield Finding(ABOUT, "ok", text)


def _bytes_written(pid: int) -> int | None:
    """Return what a process has had written to disks, None where the kernel does not say."""
    try:
        lines = (PROC / str(pid) / "io").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    values = {name: value for name, _, value in (line.partition(": ") for line in lines)}
    written = values.get("write_bytes", "")
    return int(written) if written.isdigit() else None


def _amount(size: int) -> str:
    return f"{size / GIB:.1f} GB" if size >= GIB else f"{size / MIB:.1f} MB"
