"""Codes and tokens are made by the daemon and shown once."""

from tests.cli_room import Cli, FakeDaemon

CLIENT = {"id": "1f2e", "kind": "token", "person": "anna", "name": "tablet", "revoked": None}


def test_a_code_to_sign_in(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["sign_in_code"] = {"ok": {"code": "ABCD2345"}}
    assert claw("signin", "anna").out == "ABCD2345\n"
    assert daemon.asked == [{"do": "sign_in_code", "person": "anna"}]


def test_a_token_is_asked_for_with_its_ceiling_and_its_end(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["client_add"] = {"ok": {"token": "claw_1f2e.secret"}}
    said = claw("clients", "add", "tablet", "--person", "anna", "--may", "talk", "--may", "stop", "--days", "90")
    assert said.out == "claw_1f2e.secret\n"
    assert daemon.asked == [
        {
            "do": "client_add",
            "name": "tablet",
            "person": "anna",
            "rights": ["talk", "stop"],
            "days": 90,
            "kind": "token",
        }
    ]


def test_a_token_holds_ten_years_at_most(daemon: FakeDaemon, claw: Cli) -> None:
    assert claw("clients", "add", "tablet", "--person", "anna", "--days", "3651").code == 2
    assert daemon.asked == []


def test_clients_are_listed_and_revoked_ones_say_so(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["clients"] = {"ok": [CLIENT, CLIENT | {"id": "3d4c", "revoked": "2026-01-05T12:00:00+00:00"}]}
    lines = claw("clients", "list").out.splitlines()
    assert "revoked" not in lines[0]
    assert "revoked" in lines[1]


def test_a_client_is_revoked_by_its_id(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["client_revoke"] = {"ok": CLIENT}
    assert claw("clients", "revoke", "1f2e").out == "1f2e is revoked.\n"
    assert daemon.asked == [{"do": "client_revoke", "id": "1f2e"}]
