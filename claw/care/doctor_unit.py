"""Whether systemd starts Claw at boot, watches it, and had to start it anew."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from claw.base.reinstall import is_clone
from claw.care.doctor_case import ASK_S, Case
from claw.care.finding import Finding

ABOUT = "unit"
UNIT = "claw.service"
SYSTEMD = Path("/run/systemd/system")
"""There where systemd runs this machine."""
PLACES = tuple(Path(place, "systemd", "system") for place in ("/etc", "/usr/local/lib", "/usr/lib", "/lib"))
ASKED = ("LoadState", "ActiveState", "UnitFileState", "WatchdogUSec", "NRestarts", "Result")
MANY_RESTARTS = 3
INSTALL = "sh /opt/claw/share/claw/systemd/install.sh --enable"
"""Where a release has it, and where the service runs Claw from (``packaging/install.sh``)."""
MAKE = "make install-service"
"""In a clone, where there is no release yet."""


def unit(case: Case) -> Iterator[Finding]:
    """Give how the service is; one line where there is no systemd or no service."""
    del case
    if not SYSTEMD.is_dir():
        yield Finding(ABOUT, "ok", "systemd does not run this machine: whatever starts Claw is not looked at.")
        return
    if not any((place / UNIT).exists() for place in PLACES):
        text = "There is no service for Claw: nothing starts it when this machine starts."
        yield Finding(ABOUT, "note", text, MAKE if is_clone() and not Path(INSTALL.split()[1]).exists() else INSTALL)
        return
    told = _asked()
    if told is None:
        yield Finding(ABOUT, "warning", "systemd does not say how the service is.", f"systemctl status {UNIT}")
        return
    odd = list(_odd(told))
    yield from odd
    if not odd:
        yield Finding(ABOUT, "ok", "systemd starts Claw at boot, and its watchdog watches it.")


def _odd(told: Mapping[str, str]) -> Iterator[Finding]:
    if told.get("LoadState") not in {"loaded", None}:
        text = f"systemd cannot read the service ({told['LoadState']})."
        yield Finding(ABOUT, "problem", text, f"systemd-analyze verify {UNIT}")
    if told.get("ActiveState") == "failed":
        text = f"The service failed ({told.get('Result', 'no reason is known')})."
        yield Finding(ABOUT, "problem", text, f"journalctl -u {UNIT} -n 50")
    elif told.get("ActiveState") not in {"active", "activating", "reloading", None}:
        yield Finding(ABOUT, "note", "The service does not run.", f"systemctl start {UNIT}")
    if told.get("UnitFileState") in {"disabled", "masked"}:
        text = f"The service is {told['UnitFileState']}: it does not start with this machine."
        yield Finding(ABOUT, "warning", text, f"systemctl enable {UNIT}")
    if told.get("WatchdogUSec") in {"0", "infinity"}:
        text = "The service has no watchdog: a daemon that hangs is not started anew."
        yield Finding(ABOUT, "warning", text, INSTALL)
    restarts = told.get("NRestarts", "0")
    if restarts.isdigit() and int(restarts) >= MANY_RESTARTS:
        text = f"systemd had to start Claw anew {restarts} times."
        yield Finding(ABOUT, "warning", text, f"journalctl -u {UNIT} -p warning -n 100")


def _asked() -> Mapping[str, str] | None:
    """Return what systemd says about the unit, None where it says nothing in time."""
    program = shutil.which("systemctl")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  our own words
            [program, "show", UNIT, f"--property={','.join(ASKED)}"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=ASK_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return {name: value for name, _, value in (line.partition("=") for line in done.stdout.splitlines())}
