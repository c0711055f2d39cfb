from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.house.identity import Identities
from claw.house.model import Entity, Registry
from claw.store.db import open_database
from claw.store.migrations import migrate

FILE = "rules: about lock.front"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield db
    db.close()


def house(**things: str | None) -> Registry:
    """Entity ids (with ``__`` for the dot) and their registry ids."""
    entities = [Entity(name.replace("__", "."), name, registry_id=thing) for name, thing in things.items()]
    return Registry(entities={entity.entity_id: entity for entity in entities})


def former(registry: Registry) -> dict[str, str | None]:
    return {entity_id: entity.former for entity_id, entity in registry.entities.items()}


def test_nothing_is_marked_while_nothing_is_renamed(db: Database) -> None:
    identities = Identities(db, FILE)
    registry = house(lock__front="r1", lock__shed=None)
    assert identities.follow(registry) is registry
    assert identities.follow(registry) is registry


def test_a_renamed_thing_carries_the_id_that_the_file_means(db: Database) -> None:
    identities = Identities(db, FILE)
    identities.follow(house(lock__front="r1", lock__shed="r2"))
    for now in ("lock__main", "lock__other"):
        followed = identities.follow(house(**{now: "r1", "lock__shed": "r2"}))
        assert former(followed) == {now.replace("__", "."): "lock.front", "lock.shed": None}
        assert followed.renamed["lock.front"] == now.replace("__", ".")
        assert followed.entities[now.replace("__", ".")].meant == "lock.front"
    assert former(identities.follow(house(lock__front="r1"))) == {"lock.front": None}


def test_a_restart_forgets_nothing_even_when_renamed_meanwhile(db: Database) -> None:
    Identities(db, FILE).follow(house(lock__front="r1"))
    for now in ("lock__main", "lock__other"):
        assert list(former(Identities(db, FILE).follow(house(**{now: "r1"}))).values()) == ["lock.front"]


def test_a_changed_file_means_the_present_ids(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    Identities(db, FILE).follow(house(lock__front="r1", lock__gone="r2"))
    Identities(db, FILE).follow(house(lock__main="r1"))
    changed = Identities(db, FILE + "\n")
    assert "lock.front counts as lock.main from now on" in caplog.text
    assert former(changed.follow(house(lock__main="r1"))) == {"lock.main": None}
    assert former(changed.follow(house(lock__third="r1"))) == {"lock.third": "lock.main"}
    assert db.table("renames").count == 1


def test_a_file_that_did_not_come_into_force_changes_nothing(db: Database) -> None:
    Identities(db, FILE).follow(house(lock__front="r1"))
    Identities(db, "a broken one").marked(house(lock__main="r1"))
    assert former(Identities(db, FILE).follow(house(lock__main="r1"))) == {"lock.main": "lock.front"}


def test_a_look_remembers_nothing(db: Database) -> None:
    identities = Identities(db, FILE)
    identities.marked(house(lock__front="r1"))
    assert former(identities.follow(house(lock__main="r1"))) == {"lock.main": None}


@pytest.mark.parametrize("thing", ["r2", None])
def test_what_takes_over_an_old_id_is_meant_by_none(db: Database, thing: str | None) -> None:
    identities = Identities(db, FILE)
    identities.follow(house(lock__front="r1"))
    for _ in range(2):
        followed = identities.follow(house(lock__main="r1", lock__front=thing))
        assert former(followed) == {"lock.main": "lock.front", "lock.front": ""}
        assert followed.renamed["lock.front"] == "lock.main"


@pytest.mark.parametrize("thing", ["r2", None])
def test_it_stays_so_while_the_renamed_one_is_away_and_after_a_restart(db: Database, thing: str | None) -> None:
    Identities(db, FILE).follow(house(lock__front="r1"))
    Identities(db, FILE).follow(house(lock__main="r1"))
    followed = Identities(db, FILE).follow(house(lock__front=thing))
    assert former(followed) == {"lock.front": ""}
    assert followed.renamed["lock.front"] == ""


def test_it_gains_nothing_by_a_rename_of_its_own(db: Database) -> None:
    identities = Identities(db, FILE)
    identities.follow(house(lock__front="r1"))
    identities.follow(house(lock__main="r1", lock__front="r2"))
    assert former(identities.follow(house(lock__main="r1", lock__guest="r2")))["lock.guest"] == ""


def test_a_replacement_under_the_same_id_is_meant_until_the_first_one_is_back_elsewhere(db: Database) -> None:
    identities = Identities(db, FILE)
    identities.follow(house(lock__front="r1"))
    assert former(identities.follow(house(lock__front="r2"))) == {"lock.front": None}
    followed = identities.follow(house(lock__main="r1", lock__front="r2"))
    assert former(followed) == {"lock.main": "lock.front", "lock.front": ""}


def test_of_a_thing_and_its_replacement_both_renamed_the_first_is_meant(db: Database) -> None:
    for sync in (house(lock__front="r1"), house(lock__front="r2"), house(lock__main="r1", lock__other="r2")):
        followed = Identities(db, FILE).follow(sync)
    assert former(followed) == {"lock.main": "lock.front", "lock.other": ""}


def test_two_things_may_swap_their_ids(db: Database) -> None:
    identities = Identities(db, FILE)
    identities.follow(house(light__a="r1", light__b="r2"))
    followed = identities.follow(house(light__a="r2", light__b="r1"))
    assert former(followed) == {"light.a": "light.b", "light.b": "light.a"}
    assert dict(followed.renamed) == {"light.a": "light.b", "light.b": "light.a"}


def test_of_two_rows_with_one_registry_id_at_most_one_is_meant(db: Database) -> None:
    identities = Identities(db, FILE)
    identities.follow(house(lock__front="r1"))
    followed = identities.follow(house(lock__main="r1", lock__twin="r1"))
    assert sorted(former(followed).values(), key=str) == ["", "lock.front"]


def test_a_full_disk_is_reported_and_made_up_for_at_the_next_sync(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    identities = Identities(db, FILE)
    db.conn.execute("pragma query_only=on")
    identities.follow(house(lock__front="r1"))
    assert "cannot be remembered" in caplog.text
    assert former(identities.follow(house(lock__main="r1"))) == {"lock.main": "lock.front"}
    db.conn.execute("pragma query_only=off")
    identities.follow(house(lock__main="r1"))
    assert former(Identities(db, FILE).follow(house(lock__main="r1"))) == {"lock.main": "lock.front"}


THINGS = st.lists(
    st.dictionaries(
        st.sampled_from(["l.a", "l.b", "l.c", "l.d"]), st.sampled_from(["r1", "r2", "r3"]), max_size=3
    ).filter(lambda one: len(set(one.values())) == len(one)),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(THINGS, st.integers(0, 8))
def test_whatever_is_renamed_no_id_of_the_file_means_two_things(syncs: list[dict[str, str]], restart: int) -> None:
    db = Database(memory=True)
    migrate(db)
    identities = Identities(db, FILE)
    first: dict[str, str] = {}
    for number, sync in enumerate(syncs):
        if number == restart:
            identities = Identities(db, FILE)
        registry = Registry(entities={name: Entity(name, name, registry_id=thing) for name, thing in sync.items()})
        followed = identities.follow(registry)
        meant = [entity.meant for entity in followed.entities.values() if entity.meant]
        assert len(set(meant)) == len(meant)
        for entity in followed.entities.values():
            assert replace(entity, former=None) == registry.entities[entity.entity_id]
            if entity.meant:  # once known, never meant by another id
                assert first.setdefault(entity.registry_id or "", entity.meant) == entity.meant
    db.close()
