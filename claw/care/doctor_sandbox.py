"""Whether programs that a model writes have a sandbox, and whether bubblewrap closes it on this machine."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from claw.base.reinstall import again
from claw.care.doctor_case import Case
from claw.care.finding import Finding
from claw.program.confined import binary, bubblewrap, launcher, starts

ABOUT = "sandbox"
KERNEL = Path("/proc/sys")
SWITCHES = (
    ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)
"""What of the kernel keeps bubblewrap from working, at which value, and what lets it."""


def sandbox(case: Case) -> Iterator[Finding]:
    """Give how the sandbox is, from here and as the daemon has it."""
    program = binary()
    if program is None:
        text = "There is no sandbox for this machine: only the sentences that Claw knows by itself work here."
        yield Finding(ABOUT, "warning", text, again())
        return
    wrap = bubblewrap()
    if wrap is None:
        text = "bubblewrap is not installed: a program that breaks out of its interpreter has Claw's own rights."
        yield Finding(ABOUT, "warning", text, "apt install bubblewrap")
    elif not _starts(program, wrap):
        text = "bubblewrap is installed and does not come up: programs run without it."
        yield Finding(ABOUT, "warning", text, _why())
    else:
        yield Finding(ABOUT, "ok", "Programs run in bubblewrap: no file, no network and no other process to see.")
    if case.status is not None and case.status.get("sandbox") == "plain" and wrap is not None:
        text = "The daemon runs programs without bubblewrap."
        yield Finding(ABOUT, "warning", text, f"{_why()} Then start the daemon again.")


def _starts(program: Path, wrap: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="claw-doctor-") as folder:
        return starts(launcher(Path(folder), program, wrap))


def _why() -> str:
    """Return the command that lets bubblewrap work, a sentence where the kernel says no reason."""
    for name, forbids, mend in SWITCHES:
        try:
            found = (KERNEL / name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if found == forbids:
            return mend
    return "Allow user namespaces where Claw runs: a container or a unit may forbid them."
