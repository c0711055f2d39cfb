from pathlib import Path

import pytest

from claw.base.config import HouseConfig, read_config, read_token, state_directory
from claw.base.errors import Broken, Invalid

GOOD = """\
house:
  url: http://house.local:8123
  token_file: token
people:
  - id: anna
    name: Anna
    role: owner
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    assert config.policy == tmp_path / "policy.yaml"
    assert config.house.token_file == tmp_path / "token"


def test_the_example_file_is_valid() -> None:
    config = read_config(Path(__file__).parents[3] / "config.example.yaml")
    assert config.languages == ("en",)
    assert config.listen.port == 8321


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (GOOD + "hosue: 1\n", 8, "house"),
        (GOOD.replace("owner", "king"), 7, "owner"),
        (GOOD.replace("http://", "ftp://"), 2, "http"),
        (GOOD + "listen:\n  port: eighty\n", 9, "port"),
        (GOOD + "languages: [xx]\n", 8, "languages"),
        (GOOD + "services:\n  Nope: {tier: 1}\n", 9, ""),
        ("house: {}\n", None, "url"),
        ("house:\n  url: http://x\n  simulated: y\n", None, "url"),
        ("house: [\n", 1, "YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, line: int | None, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_config(write(tmp_path, text))
    assert caught.value.line == line
    assert says in caught.value.problem


def test_the_token_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    assert read_token(HouseConfig(url="http://x"), {"CLAW_HOUSE_TOKEN": " abc\n"}) == "abc"
    path = tmp_path / "token"
    path.write_text("secret\n")
    path.chmod(0o600)
    assert read_token(HouseConfig(url="http://x", token_file=path), {}) == "secret"


def test_a_token_that_others_can_read_is_refused_without_being_shown(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("secret")
    path.chmod(0o644)
    with pytest.raises(Broken, match="read by others") as caught:
        read_token(HouseConfig(url="http://x", token_file=path), {})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "  ", "to\nken", "tökén"])
def test_no_usable_token_is_said(token: str) -> None:
    with pytest.raises(Broken, match="no token"):
        read_token(HouseConfig(url="http://x"), {"CLAW_HOUSE_TOKEN": token})


def test_the_state_directory_is_the_option_then_the_environment_then_the_default(tmp_path: Path) -> None:
    env = {"CLAW_STATE_DIR": str(tmp_path / "b"), "XDG_STATE_HOME": str(tmp_path / "c")}
    assert state_directory(tmp_path / "a", "claw", env) == tmp_path / "a"
    assert state_directory(None, "claw", env) == tmp_path / "b"
    assert state_directory(None, "claw", {"XDG_STATE_HOME": str(tmp_path / "c")}) == tmp_path / "c" / "claw"
