from datetime import timedelta
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.base.clock import SystemClock
from claw.care import doctor_backup
from claw.care.doctor_backup import backup
from claw.daemon.backups import file_name
from claw.store.encrypted import MAGIC
from tests.doctor_room import case, found, mends, worse

CONFIG = "house: {simulated: h.yaml}\nbackup: {folder: kept"


@pytest.fixture
async def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A log, whose backups lie on another disk."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    audit = AuditLog.open(state / "audit.db", SystemClock())
    await audit.close()
    monkeypatch.setattr(doctor_backup, "_place", lambda *_: ())
    return audit.id.hex()


def keep(folder: Path, log: str, days: float, size: int = 5000, mode: int = 0o600, *, encrypted: bool = True) -> Path:
    """Put a file there that is called and begins as a backup of so many days ago does."""
    (folder / "kept").mkdir(mode=0o700, exist_ok=True)
    now = SystemClock().now() - timedelta(days=days)
    path = folder / "kept" / file_name(log, now, encrypted=encrypted)
    path.write_bytes(MAGIC.ljust(size, b"\0"))
    path.chmod(mode)
    return path


def test_without_a_configuration_nothing_is_said_and_without_its_section_it_is_a_warning(tmp_path: Path) -> None:
    assert found(backup, case(tmp_path)) == []
    assert [level for level, _ in worse(backup, case(tmp_path, config="house: {simulated: h}\n"))] == ["warning"]


def test_a_folder_that_is_not_there_and_one_without_any_are_told(tmp_path: Path, log: str) -> None:
    about = case(tmp_path, config=CONFIG + "}\n")
    assert [level for level, _ in worse(backup, about)] == ["problem"]
    keep(tmp_path, "ab" * 16, 0.1)
    assert [level for level, _ in worse(backup, about)] == ["warning"], "that is another log's"
    assert mends(backup, about) == [f"claw backup make --config {tmp_path / 'config.yaml'}"]


@pytest.mark.parametrize(("days", "level"), [(0.5, "ok"), (3.0, "warning"), (20.0, "problem")])
def test_how_old_the_newest_is_is_told(tmp_path: Path, log: str, days: float, level: str) -> None:
    keep(tmp_path, log, 30)
    keep(tmp_path, log, days)
    assert [one for one, _ in found(backup, case(tmp_path, config=CONFIG + "}\n"))] == [level]


def test_one_from_the_future_hides_no_old_one(tmp_path: Path, log: str) -> None:
    keep(tmp_path, log, 20.0)
    keep(tmp_path, log, -4000.0)
    assert [one for one, _ in found(backup, case(tmp_path, config=CONFIG + "}\n"))] == ["warning", "problem"]


def test_one_that_shrank_is_told(tmp_path: Path, log: str) -> None:
    keep(tmp_path, log, 1.5, size=900_000)
    keep(tmp_path, log, 0.5, size=5000)
    assert "much smaller" in worse(backup, case(tmp_path, config=CONFIG + "}\n"))[0][1]


def test_a_key_that_is_gone_is_a_problem(tmp_path: Path, log: str) -> None:
    keep(tmp_path, log, 0.5)
    about = case(tmp_path, config=CONFIG + ", key_file: claw.key}\n")
    assert [level for level, _ in worse(backup, about)] == ["problem"]
    (tmp_path / "claw.key").touch()
    assert worse(backup, case(tmp_path)) == []


def test_backups_on_the_same_disk_die_with_it(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "kept").mkdir()
    for security, level in ((False, "note"), (True, "warning")):
        about = case(tmp_path, config=CONFIG + "}\n", security=security)
        assert (level, "The backups lie on the same disk as what they are of: they die with it.") in worse(
            backup, about
        )


def test_plain_ones_on_the_network_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "kept").mkdir()
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(doctor_backup, "MOUNTS", str(mounts))
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nnas:/x {tmp_path / 'kept'} nfs4 rw 0 0\nodd\n")
    network = "The backups go over the network"
    assert any(text.startswith(network) for _, text in worse(backup, case(tmp_path, config=CONFIG + "}\n")))
    (tmp_path / "claw.key").touch()
    sealed = case(tmp_path, config=CONFIG + ", key_file: claw.key}\n")
    assert not any(text.startswith(network) for _, text in worse(backup, sealed))
    mounts.write_text("/dev/sda / ext4 rw 0 0\n")
    assert not any(text.startswith(network) for _, text in worse(backup, case(tmp_path, config=CONFIG + "}\n")))
    mounts.unlink()
    assert not any(text.startswith(network) for _, text in worse(backup, case(tmp_path)))


@pytest.mark.parametrize(
    ("mode", "encrypted", "mended"),
    [
        (0o700, False, []),
        (0o750, True, []),
        (0o755, False, ["chmod go= {}"]),
        (0o770, True, ["chmod go-w {}"]),
        (0o777, False, ["chmod go-w {}", "chmod go= {}"]),
    ],
)
def test_a_folder_that_others_may_write_or_enter_is_told(
    tmp_path: Path, log: str, mode: int, mended: list[str], *, encrypted: bool
) -> None:
    keep(tmp_path, log, 0.5, encrypted=encrypted)
    (tmp_path / "claw.key").touch()
    (tmp_path / "kept").chmod(mode)
    about = case(tmp_path, config=CONFIG + (", key_file: claw.key}\n" if encrypted else "}\n"))
    assert mends(backup, about) == [one.format(tmp_path / "kept") for one in mended]


def test_a_backup_that_others_may_write_is_told_also_an_old_and_an_encrypted_one(tmp_path: Path, log: str) -> None:
    (tmp_path / "kept").mkdir(mode=0o700)
    keep(tmp_path, log, 0.5)
    old = keep(tmp_path, log, 1.5, mode=0o620)
    about = case(tmp_path, config=CONFIG + "}\n")
    assert mends(backup, about) == [f"chmod go-w {old}"]


def test_beside_a_log_that_is_damaged_the_backups_are_still_looked_at(tmp_path: Path, log: str) -> None:
    keep(tmp_path, log, 0.5)
    (tmp_path / "state" / "audit.db").write_bytes(b"no database at all" * 100)
    assert [level for level, _ in found(backup, case(tmp_path, config=CONFIG + "}\n"))] == ["ok"]
