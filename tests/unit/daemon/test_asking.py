import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.clock import SystemClock
from claw.base.config import ModelConfig
from claw.base.permit import PermitDesk
from claw.daemon.asking import model_effector
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.llm.effector import ModelEffector
from claw.store.db import open_database
from claw.store.migrations import migrate


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield db
    db.close()


def made(db: Database, config: ModelConfig | None, house: Mirror | None = None) -> ModelEffector | None:
    clock = SystemClock()
    return model_effector(config, PermitDesk(clock), db, house or Mirror(clock), clock)


def test_without_a_model_there_is_nothing_to_ask(db: Database) -> None:
    assert made(db, None) is None


def test_a_missing_key_is_no_reason_not_to_start(
    db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with caplog.at_level(logging.WARNING):
        effector = made(db, ModelConfig(name="small"))
    assert effector is not None
    assert "no key for the model" in effector.status()["problem"]
    assert "no key for the model" in caplog.text


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "no zone"])
def test_a_day_is_the_houses_own_and_the_machines_where_its_zone_is_not_known(db: Database, zone: str) -> None:
    house, known = Mirror(SystemClock()), parse_house({"entities": []})
    house.synced(replace(known, registry=replace(known.registry, time_zone=zone)))
    effector = made(db, ModelConfig(name="small", base_url="http://127.0.0.1:1/v1"), house)
    assert effector is not None
    now = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
    days = {"Pacific/Kiritimati": "2026-11-22", "Pacific/Pago_Pago": "2026-11-20"}
    assert effector._budget._day(now) == days.get(zone, now.astimezone().date().isoformat())
