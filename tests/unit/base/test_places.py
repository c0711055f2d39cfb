"""Where a daemon's socket lies."""

import socket
from pathlib import Path

from claw.base.places import SERVICE_SOCKET, SERVICE_STATE, kept_at, listened_on, socket_of


def test_a_socket_lies_beside_the_state_and_a_services_where_others_may_come(tmp_path: Path) -> None:
    assert socket_of(tmp_path, {}) == tmp_path / "claw.sock"
    assert socket_of(SERVICE_STATE, {}) == SERVICE_SOCKET == Path("/run/claw/claw.sock")
    assert socket_of(tmp_path, {"CLAW_SOCKET": "/run/other.sock"}) == Path("/run/other.sock")
    assert socket_of(SERVICE_STATE, {"CLAW_SOCKET": ""}) == SERVICE_SOCKET


def test_only_a_socket_with_somebody_behind_it_is_listened_on(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    assert not listened_on(path)
    path.write_text("no socket")
    assert not listened_on(path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        assert not listened_on(path)
        listener.listen()
        assert listened_on(path)
    assert not listened_on(path)


def test_root_keeps_a_secret_of_the_service_under_the_services_name() -> None:
    given = Path("/run/credentials/claw.service/house-token")
    assert kept_at(given) == Path("/etc/credstore/claw.house-token")
    assert kept_at(Path("/etc/claw/house-token")) == Path("/etc/claw/house-token")
    assert kept_at(given.parent / "other" / "x") == given.parent / "other" / "x"
