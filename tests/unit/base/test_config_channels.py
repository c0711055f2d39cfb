from pathlib import Path

import pytest
from pydantic import ValidationError

from claw.base.config import read_config
from claw.base.config_channels import ChannelsConfig, NotifierConfig, PhoneConfig
from claw.base.errors import Invalid

USER = "0123456789abcdef0123456789abcdef"


def test_nothing_is_met_elsewhere_by_default() -> None:
    assert ChannelsConfig() == ChannelsConfig(phones=(), notifiers=(), telegram=None, mqtt=None, mcp=None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": "notify.notify", "person": "anna", "user": USER},
        {"service": "light.turn_on", "person": "anna", "user": USER},
        {"service": "notify.mobile_app_anna", "person": "anna", "user": "anna"},
        {"service": "notify.mobile_app_anna", "person": "anna", "user": USER, "proves": "signed"},
        {"service": "notify.mobile_app_anna", "person": "anna"},
    ],
)
def test_a_phone_says_whose_it_is(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PhoneConfig.model_validate(wrong)


@pytest.mark.parametrize("url", ["ftp://ntfy.example", "https://a:b@ntfy.example", "https://", "https://ntfy:0/"])
def test_an_address_is_one_and_holds_no_password(url: str) -> None:
    with pytest.raises(ValidationError):
        NotifierConfig.model_validate({"kind": "ntfy", "topic": "claw", "url": url})


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "ntfy"},
        {"kind": "webhook", "topic": "claw"},
        {"kind": "webhook", "url": "https://hook.example/?token=abc"},
        {"kind": "webhook", "url": "https://hook.example/#abc"},
    ],
)
def test_a_notifier_is_one_kind_whole_and_has_no_secret_in_its_address(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        NotifierConfig.model_validate({"url": "https://ntfy.example"} | wrong)


def test_a_phone_is_named_once() -> None:
    phone = {"service": "notify.mobile_app_anna", "person": "anna", "user": USER}
    ChannelsConfig.model_validate({"phones": [phone]})
    with pytest.raises(ValidationError, match="twice"):
        ChannelsConfig.model_validate({"phones": [phone, phone | {"person": "ben"}]})


@pytest.mark.parametrize(
    ("page", "holds"),
    [("https://claw.example", True), ("/claw", True), ("//evil.example", False), ("javascript:alert(1)", False)],
)
def test_a_page_is_an_address_or_a_path_within_the_house(page: str, *, holds: bool) -> None:
    if holds:
        assert ChannelsConfig.model_validate({"page": page}).page == page
    else:
        with pytest.raises(ValidationError):
            ChannelsConfig.model_validate({"page": page})


def test_files_lie_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "house: {simulated: house.yaml}\n"
        "listen: {tls: {certificate: cert.pem, key: key.pem}, proxies: [172.30.32.2]}\n"
        "channels:\n"
        "  telegram: {token_file: bot}\n"
        "  mqtt: {host: 127.0.0.1, password_file: mqtt}\n"
        "  notifiers: [{kind: ntfy, url: 'https://ntfy.example', topic: claw, token_file: ntfy}]\n"
        "  mcp: {servers: {notes: {command: [notes-server], token_file: notes}}}\n",
        encoding="utf-8",
    )
    config = read_config(path)
    met = config.channels
    assert met is not None
    assert config.listen.tls is not None
    assert (config.listen.tls.certificate, config.listen.proxies[0]) == (tmp_path / "cert.pem", "172.30.32.2")
    assert met.telegram is not None
    assert met.mqtt is not None
    assert met.mcp is not None
    files = (met.telegram.token_file, met.mqtt.password_file, met.notifiers[0].token_file)
    assert (*files, met.mcp.servers["notes"].token_file) == tuple(
        tmp_path / n for n in ("bot", "mqtt", "ntfy", "notes")
    )


def test_a_wrong_key_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("house: {simulated: house.yaml}\nchannels:\n  telegramm: {}\n", encoding="utf-8")
    with pytest.raises(Invalid, match="telegramm"):
        read_config(path)


@pytest.mark.parametrize("wrong", [{}, {"command": ["notes"], "url": "https://tools.example/mcp"}, {"command": []}])
def test_a_server_of_tools_is_a_command_or_an_address(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="a command or a url"):
        ChannelsConfig.model_validate({"mcp": {"servers": {"notes": wrong}}})
