import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.action import SYSTEM
from claw.base.clock import SystemClock
from claw.base.config import EmbeddingsConfig, MemoryConfig, ModelConfig
from claw.base.errors import Refused
from claw.base.permit import PermitDesk
from claw.daemon.asking import NO_MEMORY, model_effector
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.llm.call import Call
from claw.llm.effector import ModelEffector
from claw.store.db import open_database
from claw.store.migrations import migrate


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield db
    db.close()


def made(
    db: Database, config: ModelConfig | None, house: Mirror | None = None, memory: MemoryConfig = NO_MEMORY
) -> ModelEffector | None:
    clock = SystemClock()
    return model_effector(config, PermitDesk(clock), db, house or Mirror(clock), clock, memory)


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
    assert effector.budget._day(now) == days.get(zone, now.astimezone().date().isoformat())


def test_without_embeddings_nothing_is_asked_what_a_text_means(db: Database) -> None:
    effector = made(db, ModelConfig(name="small", base_url="http://127.0.0.1:1/v1"))
    assert effector is not None
    with pytest.raises(Refused, match="no model for embeddings"):
        effector.prepare(Call(({"role": "user", "content": "x"},), "embed", 0), SYSTEM)


@pytest.mark.parametrize(
    ("url", "key"), [(None, "theirs"), ("http://127.0.0.1:1/v1", "theirs"), ("http://127.0.0.2:1/v1", "")]
)
def test_the_key_of_one_server_goes_to_no_other(
    url: str | None, key: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    memory = MemoryConfig(embeddings=EmbeddingsConfig(name="meaning", base_url=url))
    effector = made(db, ModelConfig(name="small", base_url="http://127.0.0.1:1/v1"), memory=memory)
    assert effector is not None
    embeddings = effector._embeddings
    assert embeddings is not None
    assert embeddings.model == "meaning"
    assert embeddings._key() == key
