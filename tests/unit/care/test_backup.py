"""A backup is examined as a whole: its pages, its steps, the chain of its log and every signature over it."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit.keys import make_key
from claw.base.config import Config, ModelConfig, PersonConfig
from claw.base.config_care import BackupConfig
from claw.base.errors import Broken, Refused
from claw.base.secret_files import secret_files
from claw.care.backup import as_json, home_of_config, needs, unpacked, verified
from claw.daemon.backups import Made
from claw.store.archive import Writer
from claw.store.encrypted import passphrase
from tests.backup_room import KEY, Lived, lived
from tests.signed_log import tamper


@pytest.fixture
def home(tmp_path: Path) -> Lived:
    return lived(tmp_path)


def repacked(made: Made, change: Path, to: Path, **about: object) -> Path:
    """Return a backup with other bytes in it and every hash put right, as somebody who forges one would."""
    with to.open("wb") as file:
        writer = Writer(file)
        for member in made.contents.members:
            with (change / member.name).open("rb") as source:
                writer.add(member.name, source, (change / member.name).stat().st_size)
        writer.end({**made.contents.about, **about})
    return to


@pytest.fixture
def laid_out(home: Lived, tmp_path: Path) -> tuple[Made, Path]:
    made, folder = home.backup(), tmp_path / "laid out"
    folder.mkdir()
    unpacked(made.path, folder, None)
    return made, folder


def test_a_good_one_holds(home: Lived, tmp_path: Path) -> None:
    made = home.backup()
    told: list[tuple[int, int]] = []
    contents, found = verified(made.path, None, tmp_path, lambda done, of: told.append((done, of)))
    assert found.problems == []
    assert found.warnings == []
    assert found.entries == len(home.rows()) + 8
    assert 0 < found.signed < contents.about["entries"]
    assert as_json(contents, found)["ok"]
    assert told[-1][0] <= told[-1][1] == made.size
    assert sorted(path.name for path in tmp_path.glob(".claw*")) == []


KILLED = """\
import os, signal, sys
from pathlib import Path
from claw.care.backup import verified
verified(Path(sys.argv[1]), None, Path(sys.argv[2]), lambda done, of: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_what_a_killed_look_left_goes_with_the_next_and_nothing_else_does(home: Lived, tmp_path: Path) -> None:
    made, work = home.backup(), tmp_path / "work"
    work.mkdir()
    ended = subprocess.run([sys.executable, "-c", KILLED, str(made.path), str(work)], check=False)
    assert ended.returncode == -signal.SIGKILL
    (left,) = work.glob(".claw-verify-*")
    assert list(left.iterdir())
    mine, link, file = work / "mine", work / ".claw-verify-link", work / ".claw-verify-file"
    (mine / "kept").mkdir(parents=True)
    link.symlink_to(mine)
    file.touch()
    meanwhile: list[Path] = []

    def at_work(_done: int, _of: int) -> None:
        """Look at another one while this one is unpacked: neither takes what the other works with."""
        if not meanwhile:
            meanwhile.extend(work.glob(".claw-verify-*"))
            assert verified(made.path, None, work)[1].problems == []

    assert verified(made.path, None, work, at_work)[1].problems == []
    assert left not in meanwhile
    assert sorted(work.iterdir()) == [file, link, mine]
    assert (mine / "kept").is_dir()


def test_an_encrypted_one_holds_for_whoever_has_the_key(home: Lived, tmp_path: Path) -> None:
    made = home.backup("b.tar.encrypted", KEY)
    assert needs(made.path) == "key file"
    assert verified(made.path, KEY)[1].problems == []
    with pytest.raises(Refused, match="is encrypted: it needs its key file"):
        verified(made.path, None)
    with pytest.raises(Refused, match="not with a passphrase"):
        verified(made.path, passphrase("correct horse battery"))
    assert needs(home.backup().path) is None
    with pytest.raises(Broken, match="cannot be read"):
        needs(tmp_path / "nowhere")


FORGED = {
    "a changed entry": (("UPDATE rows SET kind = 'x' WHERE seq = 12",), "the row was changed"),
    "a changed payload": (("UPDATE payloads SET body = x'7b7d' WHERE seq = 12",), "the payload was changed"),
    "a cut end": (
        ("DELETE FROM rows WHERE seq > 12", "DELETE FROM payloads WHERE seq > 12"),
        "has other entries",
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_log_with_the_right_hashes_does_not_hold(
    how: str, laid_out: tuple[Made, Path], tmp_path: Path
) -> None:
    made, folder = laid_out
    statements, expected = FORGED[how]
    tamper(folder / "audit.db", *statements)
    _, found = verified(repacked(made, folder, tmp_path / "forged.tar"), None, tmp_path)
    assert any(expected in problem for problem in found.problems), found.problems


def test_another_key_does_not_speak_for_the_log(laid_out: tuple[Made, Path], tmp_path: Path) -> None:
    made, folder = laid_out
    (folder / "keys/audit.key").unlink()
    make_key(folder / "keys/audit.key")
    _, found = verified(repacked(made, folder, tmp_path / "forged.tar"), None, tmp_path)
    assert any("not signed with the key" in problem or "another key" in problem for problem in found.problems)


def test_the_checkpoint_of_another_log_is_none_of_this(laid_out: tuple[Made, Path], tmp_path: Path) -> None:
    made, folder = laid_out
    (tmp_path / "other").mkdir()
    other = lived(tmp_path / "other")
    note = next(text for text in [other.witness.read_text()] if text)
    _, found = verified(repacked(made, folder, tmp_path / "forged.tar", checkpoint=note), None, tmp_path)
    assert "the checkpoint in the backup is none of its log" in found.problems


def test_damaged_pages_are_found(laid_out: tuple[Made, Path], tmp_path: Path) -> None:
    made, folder = laid_out
    raw = bytearray((folder / "claw.db").read_bytes())
    raw[4096 * 5 : 4096 * 9] = b"\xff" * 4096 * 4
    (folder / "claw.db").write_bytes(raw)
    _, found = verified(repacked(made, folder, tmp_path / "forged.tar"), None, tmp_path)
    assert any("claw.db is damaged" in problem for problem in found.problems)


def test_one_of_a_newer_version_is_refused_whatever_tells_it(laid_out: tuple[Made, Path], tmp_path: Path) -> None:
    made, folder = laid_out
    said = {"steps": ["9999 from the future"]}, {"audit_format": 2}
    for number, about in enumerate(said):
        forged = repacked(made, folder, tmp_path / f"{number}.tar", **about)
        with pytest.raises(Refused, match=r"made by a newer version of Claw \(0.*restore it there"):
            verified(forged, None, tmp_path)
    with closing(sqlite3.connect(folder / "claw.db")) as db:
        db.execute("INSERT INTO _sqlite_migrations VALUES (99, 'claw', '9999 from the future', '2030')")
        db.commit()
    with pytest.raises(Refused, match="its database has the step '9999"):
        verified(repacked(made, folder, tmp_path / "quiet.tar"), None, tmp_path)


def test_what_lacks_a_database_is_no_backup(tmp_path: Path) -> None:
    with (tmp_path / "b.tar").open("wb") as file:
        Writer(file).end({})
    with pytest.raises(Refused, match="a database is missing"):
        verified(tmp_path / "b.tar", None)
    (tmp_path / "x").write_text("a holiday picture" * 100)
    with pytest.raises(Refused, match="no backup of Claw"):
        verified(tmp_path / "x", None)
    with pytest.raises(Broken, match="cannot be read"):
        verified(tmp_path, None)


def test_a_database_that_is_none_of_claws_does_not_hold(laid_out: tuple[Made, Path], tmp_path: Path) -> None:
    made, folder = laid_out
    (folder / "claw.db").unlink()
    with closing(sqlite3.connect(folder / "claw.db")) as db:
        db.execute("CREATE TABLE t (x)")
    _, found = verified(repacked(made, folder, tmp_path / "forged.tar"), None, tmp_path)
    assert "its database is none of Claw's" in found.problems


def test_which_files_a_configuration_keeps_secret(home: Lived) -> None:
    own = home.config.parent
    assert set(secret_files(home.settings)) == {own / "house.token", own / "secrets/model.key"}
    asked, loose = home_of_config(home.state, home.settings, with_secrets=True)
    assert asked.secrets == {"house.token": own / "house.token", "secrets/model.key": own / "secrets/model.key"}
    assert loose == []
    plain, _ = home_of_config(home.state, home.settings, with_secrets=False)
    assert plain.secrets == {}
    assert (plain.config, plain.policy) == (home.config, own / "policy.yaml")
    assert home_of_config(home.state, None, with_secrets=True)[0].config is None


def test_secrets_of_every_part_and_never_the_backups_own_key(tmp_path: Path) -> None:
    told = {
        "house": {"url": "http://house.test"},
        "model": ModelConfig(name="m", base_url="http://m.test").model_dump(),
        "people": [PersonConfig(id="anna", name="Anna", role="owner").model_dump()],
        "backup": BackupConfig(folder=tmp_path, key_file=tmp_path / "backup.key").model_dump(),
        "channels": {
            "telegram": {"token_file": tmp_path / "telegram.token"},
            "notifiers": [{"kind": "ntfy", "url": "http://n.test", "topic": "x", "token_file": tmp_path / "n.token"}],
        },
        "listen": {"tls": {"certificate": tmp_path / "c.pem", "key": tmp_path / "k.pem"}},
    }
    config = Config.model_validate(told)
    names = {path.name for path in secret_files(config)}
    assert names == {"telegram.token", "n.token", "c.pem", "k.pem"}
    loose = home_of_config(tmp_path, config.read_from(tmp_path / "config.yaml"), with_secrets=True)[1]
    assert loose == ["the token of the house", "the key of the model"]


def test_sealed_parts_are_read_only_again(home: Lived, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    unpacked(home.backup().path, folder, None)
    (sealed,) = folder.glob("audit-*.db")
    assert sealed.stat().st_mode & 0o777 == 0o400
    shutil.rmtree(folder)


@pytest.mark.parametrize("kind", ["TRIGGER", "VIEW", "KEY", "CONFLICT", "GENERATED"])
def test_a_database_that_does_more_by_itself_than_claws_is_told(
    laid_out: tuple[Made, Path], tmp_path: Path, kind: str
) -> None:
    made, folder = laid_out
    does = {
        "TRIGGER": "CREATE TRIGGER back AFTER UPDATE ON clients BEGIN UPDATE clients SET revoked = NULL; END",
        "VIEW": "CREATE VIEW back AS SELECT 1",
        "KEY": "CREATE TABLE back (revoked REFERENCES clients (id) ON DELETE SET NULL)",
        "CONFLICT": "CREATE TABLE back (revoked UNIQUE ON/**/CONFLICT IGNORE)",
        "GENERATED": "CREATE TABLE back (id, revoked AS (NULL))",
    }[kind]
    with closing(sqlite3.connect(folder / "claw.db")) as db:
        db.execute(does)
    _, found = verified(repacked(made, folder, tmp_path / "forged.tar"), None, tmp_path)
    assert found.problems == ["its database does things by itself that Claw's does not: back"]
