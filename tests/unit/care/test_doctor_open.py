from importlib import metadata
from pathlib import Path

import pytest

from claw.care import doctor_open
from claw.care.doctor_open import open_doors
from tests.doctor_room import case, found, worse

HOUSE = "house: {simulated: h.yaml}\n"
TLS = "tls: {certificate: a, key: b}"


def look(folder: Path, config: str) -> list[tuple[str, str]]:
    return worse(open_doors, case(folder, config=HOUSE + config))


def test_what_listens_on_this_machine_alone_is_well(tmp_path: Path) -> None:
    assert look(tmp_path, "") == []
    assert ("ok", "The page listens on this machine only.") in found(open_doors, case(tmp_path))


@pytest.mark.parametrize(
    ("config", "level", "word"),
    [
        ("listen: {host: 0.0.0.0}\n", "problem", "without TLS"),
        (f"listen: {{host: 192.168.1.4, {TLS}}}\n", "note", "encrypted"),
        ("listen: {proxies: [10.0.0.7]}\n", "note", "10.0.0.7"),
        ("voice: {wyoming: {host: 0.0.0.0, peers: [{address: 10.0.0.5}]}}\n", "note", "voice server"),
        ("model: {name: x, base_url: 'http://10.0.0.9/v1'}\n", "warning", "unencrypted"),
        ("channels: {mqtt: {host: 10.0.0.8, username: claw}}\n", "warning", "broker"),
        ("channels: {mqtt: {host: localhost}}\n", "note", "asks Claw for no name"),
        ("channels: {mcp: {servers: {web: {command: [x], network: true}}}}\n", "warning", "tools of web may use"),
        ("channels: {mcp: {servers: {far: {url: 'http://10.0.0.3/mcp'}}}}\n", "warning", "tools of far"),
    ],
)
def test_each_open_door_is_told(tmp_path: Path, config: str, level: str, word: str) -> None:
    told = look(tmp_path, config)
    assert [one for one, text in told if word in text] == [level], told


def test_many_proxies_are_too_many(tmp_path: Path) -> None:
    proxies = ", ".join(f"10.0.0.{number}" for number in range(7))
    assert ("warning", "7 machines may say for whom they pass a request on.") in look(
        tmp_path, f"listen: {{proxies: [{proxies}]}}\n"
    )


def test_a_token_that_goes_unencrypted_is_told_and_one_on_this_machine_is_not(tmp_path: Path) -> None:
    for url, levels in (
        ("http://192.168.1.9:8123", ["warning"]),
        ("https://192.168.1.9", []),
        ("http://127.0.0.1:8123", []),
        ("http://localhost:8123", []),
    ):
        about = case(tmp_path, config=f"house: {{url: '{url}'}}\n")
        assert [level for level, _ in worse(open_doors, about)] == levels, url


def test_code_from_elsewhere_is_told(tmp_path: Path) -> None:
    about = case(tmp_path, environment={"PYTHONPATH": "/x", "PYTHONHOME": ""})
    assert worse(open_doors, about) == [
        ("warning", "$PYTHONPATH is set: Python runs code from there with Claw's rights.")
    ]


@pytest.mark.parametrize(("both", "level"), [(True, "warning"), (False, "ok")])
def test_the_override_of_urllib3_is_known_and_two_of_them_are_not_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, both: bool, level: str
) -> None:
    def version(name: str) -> str:
        if name == "urllib3" and not both:
            raise metadata.PackageNotFoundError
        return "2"

    monkeypatch.setattr(doctor_open.metadata, "version", version)
    assert [one for one, text in found(open_doors, case(tmp_path)) if "urllib3" in text] == [level]
