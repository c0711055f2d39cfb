"""Who may write by Telegram, at the console."""

from tests.cli_room import Cli, FakeDaemon

LISTED = {
    "kind": "telegram",
    "ready": True,
    "detail": "",
    "bot": "claw_bot",
    "accounts": [{"user": 5001, "person": "anna", "since": "2026-01-05T12:00:00+00:00"}],
}


def test_a_code_is_shown_with_where_to_send_it(daemon: FakeDaemon, claw: Cli) -> None:
    address = "https://t.me/claw_bot?start=ABCD"
    daemon.answers["telegram_enrol"] = {"ok": {"code": "ABCD", "bot": "claw_bot", "address": address}}
    said = claw("telegram", "enrol", "anna").out
    assert "anna writes to @claw_bot: /start ABCD" in said
    assert address in said
    assert daemon.asked == [{"do": "telegram_enrol", "person": "anna"}]


def test_a_bot_whose_name_is_not_known_yet_has_no_address(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["telegram_enrol"] = {"ok": {"code": "ABCD", "bot": "", "address": ""}}
    said = claw("telegram", "enrol", "anna").out.splitlines()
    assert said[0] == "anna writes to the bot: /start ABCD"
    assert said[1:] == ["It works once, for ten minutes. Whoever sends it is them: tell it to nobody else."]


def test_accounts_are_listed_with_how_the_bot_does(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["telegram"] = {"ok": LISTED}
    lines = claw("telegram", "list").out.splitlines()
    assert lines[0] == "@claw_bot is there."
    assert lines[1].split()[:2] == ["anna", "5001"]
    daemon.answers["telegram"] = {"ok": {**LISTED, "ready": False, "bot": "", "detail": "Telegram cannot be reached"}}
    assert claw("telegram", "list").out.startswith("The bot: Telegram cannot be reached")


def test_an_account_is_taken_away(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["telegram_revoke"] = {"ok": {"accounts": 2}}
    assert claw("telegram", "revoke", "anna").out == "anna had 2 accounts; none is left.\n"
    assert daemon.asked == [{"do": "telegram_revoke", "person": "anna"}]
