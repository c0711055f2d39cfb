"""The other end of the local socket, for one short command."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from claw.base.action import Json
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.base.places import GROUP, SERVICE_STATE, socket_of

ANSWER_S = 60.0

_ERRORS: dict[str, type[ClawError]] = {"refused": Refused, "unavailable": Unavailable, "broken": Broken}


class NoDaemon(Unavailable):
    """Nothing listens on the socket of this state directory."""


class Client:
    """Asks the daemon of one state directory."""

    def __init__(self, state: Path, *, seconds: float = ANSWER_S) -> None:
        self._state = state
        self._seconds = seconds

    def ask(self, do: str, **arguments: Json) -> Json:
        """Return the daemon's answer; raises what the daemon raised, NoDaemon, or Unavailable when it is silent."""
        with self._connected() as peer, peer.makefile("rb") as lines:
            try:
                _send(peer, do, arguments)
                line = lines.readline()
            except TimeoutError:
                raise Unavailable("the daemon does not answer") from None
            except OSError as error:
                raise Unavailable(f"the daemon hung up: {error.strerror or error}") from None
            if not line:
                raise Unavailable("the daemon hung up")
            return _answer(line)

    def follow(self, begun: Callable[[], None] = lambda: None) -> Iterator[dict[str, Json]]:
        """Yield what happens, as it happens, until the daemon ends; ``begun`` is called once it was asked for."""
        with self._connected() as peer, peer.makefile("rb") as lines:
            peer.settimeout(None)
            _send(peer, "follow", {})
            begun()
            for line in lines:
                yield json.loads(line)

    def _connected(self) -> socket.socket:
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.settimeout(self._seconds)
        service, path = self._state == SERVICE_STATE, socket_of(self._state)
        try:
            peer.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            peer.close()
            start = "`systemctl start claw`" if service else "`claw run` or `claw demo`"
            raise NoDaemon(f"no Claw daemon runs on {self._state}; start one with {start}") from None
        except OSError as error:
            peer.close()
            who = f" (it is for root and the group {GROUP})" if service and isinstance(error, PermissionError) else ""
            raise Unavailable(f"{path} cannot be reached: {error.strerror or error}{who}") from error
        return peer


def _send(peer: socket.socket, do: str, arguments: dict[str, Json]) -> None:
    peer.sendall(json.dumps({"do": do, **arguments}).encode() + b"\n")


def _answer(line: bytes) -> Json:
    try:
        answer = json.loads(line)
        if "error" not in answer:
            return answer["ok"]
        kind, text = answer["error"]["kind"], answer["error"]["text"]
    except (ValueError, KeyError, TypeError):
        raise Unavailable("the daemon's answer cannot be read") from None
    raise _ERRORS.get(kind, Broken)(text)
