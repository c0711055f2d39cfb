"""Backups as a person types them."""

import io
import json
from pathlib import Path

import pytest

from claw.daemon.backups import kept_in
from tests.backup_room import Lived, lived, names_of
from tests.cli_room import Cli


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claw: Cli) -> Lived:
    """A home that every command is about; ``claw`` names another one before."""
    del claw
    made = lived(tmp_path)
    monkeypatch.setenv("CLAW_STATE_DIR", str(made.state))
    monkeypatch.chdir(tmp_path)
    return made


def test_made_proved_and_restored_in_plain_words(home: Lived, claw: Cli) -> None:
    made = claw("backup", "b.tar", "--config", str(home.config))
    assert made.code == 0
    assert "Backed up to" in made.out
    assert "It is not encrypted: whoever reads it reads your home" in made.out
    proved = claw("backup", "verify", "b.tar")
    assert proved.code == 0
    assert "The backup holds: made 2" in proved.out
    assert "signed up to entry" in proved.out
    done = claw("restore", "b.tar")
    assert done.code == 0
    assert "What was there is" in done.out
    assert "whoever was shut out" in done.out
    assert "It is stopped: restored from the backup of" in done.out


def test_as_json(home: Lived, claw: Cli) -> None:
    made = json.loads(claw("backup", "make", "b.tar", "--json").out)
    assert made["entries"] == home.rows()[-1][0]
    assert made["signed"] is False
    assert made["notes"] == [
        "there is no configuration here, so it and the policy are not in it: name it with --config"
    ]
    assert json.loads(claw("backup", "verify", "b.tar", "--json").out)["ok"]
    done = json.loads(claw("restore", "b.tar", "--json", "--state-dir", str(home.folder / "new")).out)
    assert done["aside"] is None
    assert names_of(home.folder / "new") == ["light.hall"]


def test_a_folder_keeps_so_many_and_lists_them(home: Lived, claw: Cli) -> None:
    folder = home.folder / "kept"
    assert "there is no folder" in claw("backup", "--folder", str(folder)).err
    folder.mkdir()
    old = folder / f"claw-{home.backup().contents.about['log'][:8]}-20250101T000000Z.tar"
    (home.folder / "b.tar").rename(old)
    listed = claw("backup", "list", "--folder", str(folder))
    assert old.name in listed.out
    made = claw("backup", "--folder", str(folder), "--keep", "1")
    assert f"removed {old}" in made.out
    rows = json.loads(claw("backup", "list", "--folder", str(folder), "--json").out)
    assert [row["file"] for row in rows] == [str(kept_in(folder)[0].path)]
    (home.folder / "empty").mkdir()
    assert "There is no backup in" in claw("backup", "list", "--folder", str(home.folder / "empty")).out


def test_what_the_configuration_says(home: Lived, claw: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home.config.parent / "nightly"
    folder.mkdir()
    assert claw("backup", "key", str(home.config.parent / "claw.key")).code == 0
    with home.config.open("a") as file:
        file.write("backup: {folder: nightly, keep: 1, key_file: claw.key}\n")
    monkeypatch.chdir(home.config.parent)
    for _ in range(2):
        made = claw("backup", "--json")
        if made.code:  # two in the same second have the same name
            assert "is there already" in made.err
    (one,) = kept_in(folder)
    assert one.encrypted
    assert one.path.name in claw("backup", "list").out
    answer = json.loads(claw("backup", "verify", str(one.path), "--key-file", "claw.key", "--json").out)
    assert answer["ok"]
    assert "config/config.yaml" in {member["name"] for member in answer["members"]}


def test_a_passphrase_on_the_input(home: Lived, claw: Cli, monkeypatch: pytest.MonkeyPatch) -> None:

    def say(words: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{words}\n"))

    say("correct horse battery")
    made = claw("backup", "b", "--passphrase", "--config", str(home.config), "--with-secrets", "--json")
    assert json.loads(made.out)["encrypted"]
    say("correct horse staple")
    wrong = claw("restore", "b", "--passphrase", "--state-dir", "new")
    assert wrong.code == 3
    assert "was not encrypted with that passphrase" in wrong.err
    assert not Path("new").exists()
    say("correct horse battery")
    done = claw("restore", "b", "--passphrase", "--state-dir", "new", "--config-folder", "etc", "--json")
    assert done.code == 0
    assert Path("etc/house.token").read_text() == "the-token-of-the-house\n"
    assert Path("etc/secrets/model.key").stat().st_mode & 0o777 == 0o600
    assert Path("etc/config.yaml").read_bytes() == home.config.read_bytes()


def test_secrets_without_encryption_are_refused(home: Lived, claw: Cli) -> None:
    done = claw("backup", "b.tar", "--config", str(home.config), "--with-secrets")
    assert done.code == 3
    assert "only put into a backup that is encrypted" in done.err


def test_misuse_is_said(home: Lived, claw: Cli) -> None:
    assert claw("backup").code == 2
    assert claw("backup", "b.tar", "--folder", ".").code == 2
    assert claw("backup", "list").code == 2
    assert claw("backup", "b.tar", "--key-file", "k", "--passphrase").code == 2


def test_one_that_does_not_hold_is_said_and_ends_with_one(home: Lived, claw: Cli) -> None:
    made = home.backup()
    raw = bytearray(made.path.read_bytes())
    raw[made.size // 2] ^= 1
    made.path.write_bytes(raw)
    bad = claw("backup", "verify", str(made.path))
    assert bad.code == 1
    assert "The backup does not hold." in bad.out
    assert not json.loads(claw("backup", "verify", str(made.path), "--json").out)["ok"]


def test_the_group_explains_itself(claw: Cli) -> None:
    told = claw("backup", "--help")
    assert told.code == 0
    assert all(word in told.out for word in ("make", "list", "verify", "key"))
    assert "--with-secrets" in claw("backup", "make", "--help").out


def test_what_root_makes_for_a_service_is_the_services(home: Lived, claw: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home.folder / "kept"
    folder.mkdir()
    became: list[tuple[Path, Path | None, list[Path]]] = []
    monkeypatch.setattr(
        "claw.cli.backup.as_owner", lambda state, into: became.append((state, into, list(folder.iterdir())))
    )
    assert claw("backup", "--folder", str(folder)).code == 0
    assert claw("backup", "make", "kept/b.tar").code == 0
    assert became[0] == (home.state, folder, [])  # before anything is there
    assert became[1][:2] == (home.state, folder)


def test_root_takes_the_key_that_the_service_is_given_where_it_lies(
    home: Lived, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.base.places.CREDENTIALS", home.folder / "run")
    monkeypatch.setattr("claw.base.places.CREDENTIAL_STORE", home.folder)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("claw.cli.backup.as_owner", lambda *_: None)
    assert claw("backup", "key", str(home.folder / "claw.backup-key")).code == 0
    (home.folder / "kept").mkdir()
    with home.config.open("a") as file:
        file.write(f"backup: {{folder: {home.folder / 'kept'}, key_file: {home.folder / 'run' / 'backup-key'}}}\n")
    assert json.loads(claw("backup", "--config", str(home.config), "--json").out)["encrypted"]
