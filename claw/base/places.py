"""Where a daemon's socket lies, for the daemon and for whoever asks it: beside its state, or where a service has it.

Nobody but the daemon enters a state directory.  A service is asked by people with other users than its own, so its
socket lies in a folder of its own that a group may enter.
"""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

SOCKET = "claw.sock"
SOCKET_VARIABLE = "CLAW_SOCKET"
SERVICE_STATE = Path("/var/lib/claw")
"""The state directory of Claw as a service of this machine (``systemd/claw.service``)."""
SERVICE_SOCKET = Path("/run/claw/claw.sock")
SERVICE_CONFIG = Path("/etc/claw/config.yaml")
CREDENTIALS = Path("/run/credentials/claw.service")
"""Where the service finds the secrets that systemd hands it, while it runs."""
CREDENTIAL_STORE = Path("/etc/credstore")
"""Where root keeps them, each under the service's name: ``claw.house-token``."""
GROUP = "claw"
"""Who of this group may ask the service."""


def socket_of(state: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the socket of the daemon whose state lies in ``state``: ``$CLAW_SOCKET`` where that is set."""
    if given := environment.get(SOCKET_VARIABLE):
        return Path(given).absolute()
    return SERVICE_SOCKET if state == SERVICE_STATE else state / SOCKET


def kept_at(path: Path) -> Path:
    """Return where root keeps the secret that a service is given as ``path``; any other path is that itself."""
    return CREDENTIAL_STORE / f"claw.{path.name}" if path.parent == CREDENTIALS else path


def listened_on(path: Path) -> bool:
    """Return whether somebody listens on the socket ``path``; also False where we may not ask."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(0)
        try:
            peer.connect(str(path))
        except BlockingIOError:
            return True  # its queue is full
        except OSError:
            return False
    return True


def service_is_here() -> bool:
    """Return whether this machine has Claw as a service, running or not."""
    return SERVICE_STATE.is_dir()
