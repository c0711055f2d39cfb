from pathlib import Path

import pytest
from pydantic import ValidationError

from claw.base.config import (
    Config,
    HouseConfig,
    ModelConfig,
    model_of,
    read_config,
    read_key,
    read_secret,
    read_token,
    state_directory,
)
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


def test_a_configuration_knows_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    config = read_config(path)
    assert config.file == path
    assert config.model_copy(update={"languages": ("de",)}).file == path
    assert Config(house=HouseConfig(simulated=path)).file is None
    assert "file" not in config.model_dump()


def test_where_there_is_none_it_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"is not there: .claw init. makes one"):
        read_config(tmp_path / "config.yaml")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    assert config.policy == tmp_path / "policy.yaml"
    assert config.house.token_file == tmp_path / "token"


def test_the_example_file_is_valid() -> None:
    config = read_config(Path(__file__).parents[3] / "config.example.yaml")
    assert config.languages == ("en",)
    assert config.listen.port == 8321


def test_the_model_of_the_example_file_is_valid_when_it_is_put_in(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "config.example.yaml").read_text(encoding="utf-8")
    begin = text.index("# model:")
    end = text.index("\n\n", begin)
    put_in = "\n".join(line[2:] for line in text[begin:end].splitlines())
    model = read_config(write(tmp_path, text[:begin] + put_in + text[end:])).model
    assert model is not None
    assert (model.tokens_per_day, model.money_per_day) == (500_000, 0.5)


def example_with(section: str) -> str:
    """Return the example file with this section, which is put aside in it, put in."""
    text = (Path(__file__).parents[3] / "config.example.yaml").read_text(encoding="utf-8")
    put_in = text[text.index(f"# {section}:") :].partition("\n\n")[0]
    return text + "\n".join(line[2:] for line in put_in.splitlines()) + "\n"


def test_the_channels_of_the_example_file_are_valid_when_they_are_put_in(tmp_path: Path) -> None:
    channels = read_config(write(tmp_path, example_with("channels"))).channels
    assert channels is not None
    assert channels.mcp is not None
    assert (channels.phones[0].person, list(channels.mcp.servers)) == ("anna", ["notes"])


def test_the_voice_of_the_example_file_is_valid_when_it_is_put_in(tmp_path: Path) -> None:
    voice = read_config(write(tmp_path, example_with("voice"))).voice
    assert voice is not None
    assert voice.wyoming is not None
    assert (voice.microphones[0].id, voice.wyoming.peers[0].address) == ("kitchen", "192.168.1.10")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (GOOD + "hosue: 1\n", 8, "house"),
        (GOOD.replace("owner", "king"), 7, "owner"),
        (GOOD.replace("http://", "ftp://"), 2, "http"),
        (GOOD + "listen:\n  port: eighty\n", 9, "port"),
        (GOOD + "languages: [xx]\n", 8, "languages"),
        (GOOD + "services:\n  Nope: {tier: 1}\n", 9, ""),
        (GOOD + "model: {name: x, base_url: 'ftp://x'}\n", 8, "http"),
        (GOOD + "model: {name: ''}\n", 8, "name"),
        (GOOD + "model: {name: x, money_per_day: 1}\n", 8, "price_in"),
        (GOOD + "model: {name: x, tools: yes}\n", 8, "tools"),
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


LOCAL = "http://127.0.0.1:11434/v1"


def test_the_key_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    assert read_key(ModelConfig(name="m"), {"OPENAI_API_KEY": " abc\n"}) == "abc"
    path = tmp_path / "key"
    path.write_text("secret\n", encoding="utf-8")
    path.chmod(0o600)
    assert read_key(ModelConfig(name="m", key_file=path), {"OPENAI_API_KEY": "other"}) == "secret"


def test_a_server_of_ones_own_may_need_no_key() -> None:
    assert read_key(ModelConfig(name="m", base_url=LOCAL), {}) == ""
    assert read_key(ModelConfig(name="m", base_url=LOCAL), {"OPENAI_API_KEY": "k"}) == "k"


@pytest.mark.parametrize("key", ["", "  ", "ke\ny", "kéy"])
def test_no_usable_key_is_said(key: str) -> None:
    with pytest.raises(Broken, match="no key for the model"):
        read_key(ModelConfig(name="m"), {"OPENAI_API_KEY": key})


def test_a_secret_of_a_channel_comes_from_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("  123:abc\n", encoding="utf-8")
    path.chmod(0o640)
    with pytest.raises(Broken, match="can be read by others"):
        read_secret("token of the bot", path, {})
    path.chmod(0o600)
    assert read_secret("token of the bot", path, {}) == "123:abc"
    for empty in ("", "\n", "two\nlines"):
        path.write_text(empty, encoding="utf-8")
        with pytest.raises(Broken, match="holds no token of the bot"):
            read_secret("token of the bot", path, {})


def test_a_key_that_cannot_be_sent_is_no_key_for_ones_own_server_either() -> None:
    with pytest.raises(Broken, match="no key"):
        read_key(ModelConfig(name="m", base_url=LOCAL), {"OPENAI_API_KEY": "a\tb"})


def test_a_key_file_that_is_missing_empty_or_open_is_said_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    model = ModelConfig(name="m", base_url=LOCAL, key_file=path)
    with pytest.raises(Broken, match="cannot be read"):
        read_key(model, {})
    path.write_text("", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(Broken, match="no key"):
        read_key(model, {})
    path.write_text("secret", encoding="utf-8")
    path.chmod(0o640)
    with pytest.raises(Broken, match="chmod 600") as caught:
        read_key(model, {})
    assert "secret" not in str(caught.value)


def test_a_credential_of_systemd_may_look_open_to_a_group_but_to_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("secret", encoding="utf-8")
    path.chmod(0o440)
    model = ModelConfig(name="m", key_file=path)
    assert read_key(model, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "secret"
    path.chmod(0o444)
    with pytest.raises(Broken, match="chmod 600"):
        read_key(model, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_a_key_file_is_relative_to_the_configuration(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD + "model: {name: small, key_file: key}\n"))
    assert config.model is not None
    assert config.model.key_file == tmp_path / "key"
    assert read_config(write(tmp_path, GOOD)).model is None


EMBEDDINGS = GOOD + "model: {name: small, base_url: 'http://a/v1', key_file: key}\nmemory: {embeddings: {name: meaning"


def test_embeddings_are_asked_for_at_the_models_server_unless_they_name_their_own(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, EMBEDDINGS + "}}\n"))
    assert config.memory.embeddings is not None
    assert config.model is not None
    own = config.memory.embeddings.as_model(config.model)
    assert (own.name, own.base_url, own.key_file) == ("meaning", "http://a/v1", tmp_path / "key")
    assert own.tokens_per_day == config.model.tokens_per_day
    config = read_config(write(tmp_path, EMBEDDINGS + ", base_url: 'http://b/v1'}}\n"))
    assert config.memory.embeddings is not None
    assert config.model is not None
    own = config.memory.embeddings.as_model(config.model)
    assert (own.base_url, own.key_file) == ("http://b/v1", None), "the key of one server goes to no other"
    config = read_config(write(tmp_path, EMBEDDINGS + ", base_url: 'http://b/v1', key_file: other}}\n"))
    assert config.memory.embeddings is not None
    assert config.memory.embeddings.key_file == tmp_path / "other"
    assert read_config(write(tmp_path, GOOD)).memory.embeddings is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "memory: {embeddings: {name: meaning}}\n", "expected a model"),
        (EMBEDDINGS + ", base_url: 'ftp://b'}}\n", "http://"),
        (EMBEDDINGS + ", weight: 1}}\n", "less than 1"),
    ],
)
def test_embeddings_that_could_not_be_asked_for_are_refused(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=says):
        read_config(write(tmp_path, text))


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"CLAW_MODEL": "m", "OPENAI_BASE_URL": LOCAL}, LOCAL),
        ({"CLAW_MODEL": "m", "OPENAI_API_KEY": "k"}, "https://api.openai.com/v1"),
        ({"CLAW_MODEL": "m"}, None),
        ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": LOCAL}, None),
        ({}, None),
    ],
)
def test_a_model_is_named_by_the_usual_variables_all_or_none(environment: dict[str, str], url: str | None) -> None:
    model = model_of(environment)
    assert (model.base_url if model else None) == url


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"CLAW_MODEL": "m", "OPENAI_BASE_URL": "localhost:80"}, "OPENAI_BASE_URL"),
        ({"CLAW_MODEL": "m" * 300, "OPENAI_API_KEY": "k"}, "CLAW_MODEL"),
    ],
)
def test_variables_that_cannot_be_used_are_named(environment: dict[str, str], says: str) -> None:
    with pytest.raises(Broken, match=says):
        model_of(environment)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:1", "ftp://x/v1", "http://", "http:///v1", "http://[::1", "http://x:99999/v1", "http://x:0/v1",
     "http://a b/v1", "http://x/v1\r\nX: y", "http://\x00/v1", "http://user:secret@x/v1", "http://münchen/v1"],
)  # fmt: skip
def test_an_address_of_a_model_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        ModelConfig(name="m", base_url=url)


@pytest.mark.parametrize("url", [LOCAL, "https://api.openai.com/v1", "http://[::1]:8080/v1", "http://box/v1/"])
def test_an_address_of_a_model_that_is_one_is_taken(url: str) -> None:
    assert ModelConfig(name="m", base_url=url).base_url == url


def test_root_reads_a_secret_of_the_service_where_root_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.base.places.CREDENTIALS", tmp_path / "run")
    monkeypatch.setattr("claw.base.places.CREDENTIAL_STORE", tmp_path)
    kept = tmp_path / "claw.house-token"
    kept.write_text("secret\n")
    kept.chmod(0o600)
    house = HouseConfig(url="http://x", token_file=tmp_path / "run" / "house-token")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert read_token(house, {}) == "secret"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Broken, match="cannot be read"):
        read_token(house, {})
