from pathlib import Path

import pytest
from pydantic import ValidationError

from claw.base.config_care import BackupConfig, TracesConfig


def test_a_backup_and_its_key_lie_beside_the_configuration() -> None:
    placed = BackupConfig(folder=Path("backups"), key_file=Path("/keys/backup")).placed(Path("/etc/claw"))
    assert (placed.folder, placed.key_file) == (Path("/etc/claw/backups"), Path("/keys/backup"))
    assert BackupConfig(folder=Path("backups")).placed(Path("/etc/claw")).key_file is None


@pytest.mark.parametrize("wrong", [{"at": "24:00"}, {"keep": 0}, {"every": "day"}])
def test_a_backup_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BackupConfig.model_validate({"folder": "backups", **wrong})


@pytest.mark.parametrize("url", ["collector:4318", "http://me:secret@collector:4318", "http://collector :4318"])
def test_traces_go_to_an_address_without_a_password(url: str) -> None:
    with pytest.raises(ValidationError):
        TracesConfig(url=url)
    assert TracesConfig(url="http://127.0.0.1:4318").sample == 1.0
