"""Whoever wants words gone has to find them first: in the running file and in those that were sealed before it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from claw.audit.search import Whose, conversations, forms, holding, said_by, under
from claw.base.action import Origin
from claw.base.errors import Broken
from tests.signed_log import Signed, signed_log

ANNA = Origin("cli", "anna", authenticated=True)
BEN = Origin("web", "ben", authenticated=True)
VOICE = Origin("voice:hall")
KINDS = ("intent", "outcome", "request")
ALL = Whose(everybody=True)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Signed]:
    async with signed_log(tmp_path) as signed:
        yield signed


async def test_what_somebody_said_is_found_in_every_file_of_the_log(log: Signed) -> None:
    first = await log.audit.append("intent", {"said": "one"}, origin=ANNA)
    await log.audit.seal(lambda _: {}, lambda _: {})
    second = await log.audit.append("intent", {"said": "two"}, origin=ANNA)
    bens = await log.audit.append("intent", {"said": "three"}, origin=BEN)
    nobodys = await log.audit.append("intent", {"said": "four"}, origin=VOICE)
    await log.audit.append("stop", {"reason": "mine"}, origin=ANNA)
    path = log.audit.path
    assert said_by(path, Whose(("anna",)), None, KINDS) == {first, second}
    assert said_by(path, Whose(("ben",), nobody=True), None, KINDS) == {bens, nobodys}
    assert said_by(path, Whose(everybody=True), None, KINDS) == {first, second, bens, nobodys}
    assert said_by(path, Whose(), None, KINDS) == set()


async def test_only_what_was_said_since_then_and_is_still_there_is_found(log: Signed) -> None:
    await log.audit.append("intent", {"said": "old"}, origin=ANNA)
    gone = await log.audit.append("intent", {"said": "gone"}, origin=ANNA)
    new = await log.audit.append("intent", {"said": "new"}, origin=ANNA)
    await log.audit.erase(gone, ANNA, "asked")
    entry = log.audit.entry(gone)
    assert entry is not None
    assert said_by(log.audit.path, Whose(("anna",)), entry.time, KINDS) == {new}
    assert said_by(log.audit.path, Whose(("anna",)), entry.time + timedelta(hours=1), KINDS) == set()


async def test_what_hangs_below_an_entry_is_found_with_it_also_in_a_later_file(log: Signed) -> None:
    intent = await log.audit.append("intent", {}, origin=ANNA)
    await log.audit.seal(lambda _: {}, lambda _: {})
    outcome = await log.audit.append("outcome", {}, parent=intent)
    below = await log.audit.append("outcome", {}, parent=outcome)
    await log.audit.append("grant", {}, parent=intent)
    await log.audit.append("intent", {}, origin=ANNA)
    assert under(log.audit.path, {intent}, KINDS) == {intent, outcome, below}


async def test_the_talks_of_entries_are_told_each_once(log: Signed) -> None:
    talk = Origin("web", "anna", conversation="c1")
    seqs = [await log.audit.append("intent", {}, origin=origin) for origin in (talk, talk, ANNA)]
    assert conversations(log.audit.path, seqs) == {"c1"}
    assert conversations(log.audit.path, []) == set()


@pytest.mark.parametrize("said", ['He said "Nuts!"\nand left', "Zoë isst gern Äpfel", "坚果过敏", "MIXED Case"])
async def test_words_are_found_however_they_are_written_down(log: Signed, said: str) -> None:
    seq = await log.audit.append("intent", {"said": f"well: {said}"}, origin=ANNA)
    await log.audit.append("intent", {"said": "something else"}, origin=ANNA)
    await log.audit.append("stop", {"reason": said}, origin=ANNA)
    assert holding(log.audit.path, [said.upper() if said.isascii() else said], KINDS, ALL) == {seq}
    assert holding(log.audit.path, [], KINDS, ALL) == set()


async def test_words_are_found_in_what_some_people_said_and_in_what_came_of_it(log: Signed) -> None:
    asked = await log.audit.append("intent", {"said": "nuts"}, origin=ANNA)
    came = await log.audit.append("outcome", {"detail": "nuts"}, parent=asked)
    other = await log.audit.append("intent", {"said": "nuts"}, origin=Origin("web", "ben"))
    nobody = await log.audit.append("intent", {"said": "nuts"}, origin=Origin("voice:hall"))
    assert holding(log.audit.path, ["nuts"], KINDS, Whose(("anna",))) == {asked, came}
    assert holding(log.audit.path, ["nuts"], KINDS, Whose(nobody=True)) == {nobody}
    assert holding(log.audit.path, ["nuts"], KINDS, ALL) == {asked, came, other, nobody}
    written = await log.audit.append("program", {"source": "say('nuts')"}, origin=Origin("web", "ben"))
    await log.audit.append("program", {"source": "say('bolts')"}, origin=Origin("web", "ben"))
    assert holding(log.audit.path, [], {*KINDS, "program"}, Whose(("anna",)), ["nuts", "screws"]) == {written}


async def test_an_entry_with_an_origin_of_its_own_is_not_whose_the_entry_above_it_is(log: Signed) -> None:
    asked = await log.audit.append("intent", {"said": "nuts"}, origin=ANNA)
    bens = await log.audit.append("outcome", {"detail": "nuts"}, origin=BEN, parent=asked)
    assert holding(log.audit.path, ["nuts"], KINDS, Whose(("anna",))) == {asked}
    assert holding(log.audit.path, ["nuts"], KINDS, Whose(("ben",))) == {bens}


async def test_to_look_changes_no_file(log: Signed) -> None:
    await log.audit.append("intent", {"said": "nuts"}, origin=ANNA)
    sealed = await log.audit.seal(lambda _: {}, lambda _: {})
    before = sealed.read_bytes()
    assert holding(log.audit.path, ["nuts"], KINDS, ALL)
    assert sealed.read_bytes() == before


def test_a_word_has_each_of_its_forms_once() -> None:
    assert forms("Nuts") == ("nuts",)
    assert forms('a"é') == ('a"é', 'a\\"é', 'a\\"\\u00e9')


def test_a_log_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no audit log"):
        holding(tmp_path / "audit.db", ["nuts"], KINDS, ALL)


async def test_a_log_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_bytes(b"no database" * 1000)
    with pytest.raises(Broken, match="damaged"):
        holding(tmp_path / "audit.db", ["nuts"], KINDS, ALL)


async def test_a_file_that_holds_something_else_is_said(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(1)
        path = signed.audit.path
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE payloads RENAME TO others")
        other.commit()
    with pytest.raises(Broken, match="no such table"):
        holding(path, ["nuts"], KINDS, ALL)
