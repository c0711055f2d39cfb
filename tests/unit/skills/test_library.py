import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from skills_ref import validate
from sqlite_utils import Database

from claw.base.errors import Broken, Refused
from claw.skills import library as libraries
from claw.skills import reading
from claw.skills.folder import read_folder
from claw.skills.library import Library
from claw.skills.lock import seal
from claw.skills.model import Draft, Files, Skill
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock
from tests.skill_folders import MANIFEST, PROGRAM, skill_files, write_files

NAME = "reading-light"


@dataclass
class Room:
    """A library on disk, with one skill that came with Claw and room for others."""

    folder: Path
    db: Database
    changed: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.shipped = self.folder / "shipped"
        self.own = self.folder / "state" / "skills"
        self.own.parent.mkdir()
        write_files(self.shipped / "tea-time", skill_files("tea-time"))
        seal(self.shipped)
        self.library = self.started()

    def started(self) -> Library:
        library = Library(self.shipped, self.own, self.db, HeldClock())
        library.load()
        library.changed.append(self.changed.append)
        return library

    def source(self, name: str = NAME, **change: str | None) -> Path:
        named = {"program": "program.py", "manifest": "skill.yaml", "prose": "SKILL.md", "changes": "CHANGELOG.md"}
        folder = self.folder / f"source{len(list(self.folder.glob('source*')))}"
        return write_files(folder / name, skill_files(name, {named[key]: text for key, text in change.items()}))

    async def taken(self, source: Path) -> Skill:
        return await self.library.write(Draft(source.name, read_folder(source), "imported", ("anna",), ""))

    async def brought(self, **change: str | None) -> None:
        await self.taken(self.source(**change))
        self.changed.clear()

    def trust(self, name: str, digest: str) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO skills (name, version, hash, state, made, enabled, people, accepted_by, why,"
            " agreed, changed) VALUES (?, '1.0.0', ?, 'trusted', 'imported', 1, '[]', '', '', 0, '')",
            (name, digest),
        )


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield Room(tmp_path, db)
    db.close()


def made(how: str, changes: str = "# 1.0.0\n") -> Draft:
    manifest = MANIFEST + f"provenance: {{made: {how}}}\n"
    files = skill_files(change={"skill.yaml": manifest, "CHANGELOG.md": changes})
    return Draft(NAME, files, "learned", ("anna",), "It turns on the lamps.")


def refused(library: Library, name: str, *words: str) -> None:
    with pytest.raises(Refused) as error:
        library.whole(name)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_what_came_with_claw_is_there_whole(room: Room) -> None:
    skill = room.library.whole("tea-time")
    assert skill is room.library.get("tea-time")
    assert room.library.place("tea-time") == "shipped"
    assert room.library.versions("tea-time") == (("1.0.0", skill.hash),)


def test_what_nobody_knows_is_refused(room: Room) -> None:
    refused(room.library, "nothing", "no skill called")
    refused(room.library, "../tea-time", "no skill called")
    assert room.library.get("nothing") is None
    for ask in (room.library.place, room.library.files, room.library.read):
        with pytest.raises(Refused):
            ask("nothing")


async def test_a_folder_that_is_imported_is_copied_and_said_to_be_from_elsewhere(room: Room) -> None:
    source = room.source()
    skill = await room.taken(source)
    assert (skill.manifest.provenance.made, skill.manifest.provenance.author) == ("imported", "anna")
    assert room.changed == [NAME]
    (source / "program.py").write_text("changed behind it")
    assert room.library.whole(NAME) == skill
    assert room.started().whole(NAME) == skill


SPOILED = MANIFEST.replace("may:", "mai:").encode()
PATHS = ("program.py", "skill.yaml", "SKILL.md", "CHANGELOG.md", "tests/ordinary.yaml")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("at", [0, -1])
async def test_one_changed_byte_is_seen_at_the_next_run_and_at_the_next_start(path: str, at: int, room: Room) -> None:
    await room.brought()
    file = room.own / NAME / path
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(Refused):
        room.library.whole(NAME)
    assert room.changed == [NAME]
    again = room.started()
    with pytest.raises(Refused):
        again.whole(NAME)
    assert NAME in again.broken() or again.read(NAME).problems


async def test_it_is_said_which_file_was_changed_since_when(room: Room) -> None:
    await room.brought()
    (room.own / NAME / "CHANGELOG.md").write_text("# 1.0.0\n\nAnother.\n")
    refused(room.library, NAME, "CHANGELOG.md of reading-light was changed since version 1.0.0 was locked")
    refused(room.library, NAME, "CHANGELOG.md")
    assert room.changed == [NAME]  # not once more for the same


async def test_bytes_that_are_put_back_are_the_old_ones(room: Room) -> None:
    await room.brought()
    file = room.own / NAME / "program.py"
    before = file.read_bytes()
    file.write_text("1\n")
    refused(room.library, NAME, "program.py")
    file.write_bytes(before)
    assert room.library.whole(NAME).problems == ()
    assert room.changed == [NAME, NAME]


@pytest.mark.parametrize("path", ["extra.md", "tests/more.yaml"])
async def test_a_file_more_and_a_file_less_are_changes(path: str, room: Room) -> None:
    await room.brought()
    (room.own / NAME / path).write_text("x: 1\n")
    refused(room.library, NAME, path)
    (room.own / NAME / path).unlink()
    assert room.library.whole(NAME)
    (room.own / NAME / "CHANGELOG.md").unlink()
    refused(room.library, NAME, "CHANGELOG.md")


async def test_a_folder_that_is_gone_or_a_link_does_not_run(room: Room) -> None:
    await room.brought()
    (room.own / NAME).rename(room.folder / "away")
    refused(room.library, NAME, "not there")
    (room.own / NAME).symlink_to(room.folder / "away")
    refused(room.library, NAME, "link")
    assert list(room.library.broken()) == [NAME]


async def test_a_lock_that_was_changed_with_the_bytes_does_not_make_them_trusted(room: Room) -> None:
    await room.brought()
    room.trust(NAME, room.library.whole(NAME).hash)
    assert room.library.whole(NAME)
    (room.own / NAME / "program.py").write_text("await call('lock.unlock', 'lock.front_door')\n")
    seal(room.own)
    library = room.started()
    assert library.read(NAME).problems == ()
    refused(library, NAME, "not the version that was trusted")


def test_a_shipped_skill_that_was_changed_does_not_run(room: Room) -> None:
    (room.shipped / "tea-time" / "program.py").write_text(f"{PROGRAM}\n# more\n")
    refused(room.library, "tea-time", "program.py of tea-time was changed")
    seal(room.shipped)  # with its lock, as an update of Claw brings it
    room.trust("tea-time", room.library.versions("tea-time")[0][1])
    refused(room.started(), "tea-time", "not the version that was trusted")


async def test_a_folder_that_was_just_put_there_is_a_draft(room: Room) -> None:
    write_files(room.own / NAME, skill_files())
    room.library = room.started()
    refused(room.library, NAME, "Nobody has taken reading-light into the library")
    assert room.library.versions(NAME) == ()
    skill = await room.taken(room.own / NAME)
    assert (skill.problems, room.library.whole(NAME)) == ((), skill)


async def test_what_somebody_wrote_over_a_skill_can_be_imported_with_a_higher_number(room: Room) -> None:
    await room.brought()
    before = room.library.whole(NAME)
    (room.own / NAME / "skill.yaml").write_text(MANIFEST.replace("1.0.0", "1.1.0"))
    (room.own / NAME / "SKILL.md").write_bytes(skill_files()["SKILL.md"].replace(b"1.0.0", b"1.1.0"))
    refused(room.library, NAME, "changed since version 1.0.0", "Import it")
    after = await room.taken(room.own / NAME)
    assert (after.version, after.problems) == ("1.1.0", ())
    assert [number for number, _ in room.library.versions(NAME)] == ["1.1.0", "1.0.0"]
    assert (await room.library.restore(NAME, before.hash)) == before


async def test_a_skill_of_the_home_cannot_take_the_name_of_a_shipped_one(room: Room) -> None:
    with pytest.raises(Refused, match="came with Claw"):
        await room.taken(room.source("tea-time"))
    with pytest.raises(Refused, match="came with Claw"):
        await room.library.write(Draft("tea-time", skill_files("tea-time"), "learned", (), ""))
    write_files(room.own / "tea-time", skill_files("tea-time", {"program.py": "1\n"}))
    seal(room.own)
    assert room.started().whole("tea-time").program == PROGRAM


async def test_a_new_version_takes_the_place_of_the_old_one_which_is_kept(room: Room) -> None:
    first = await room.library.write(made("learned"))
    second = await room.library.write(made("learned", "# 1.0.1\n\nAnother.\n"))
    assert (first.version, second.version) == ("1.0.0", "1.0.1")
    assert room.library.whole(NAME) == second
    assert room.library.versions(NAME) == (("1.0.1", second.hash), ("1.0.0", first.hash))
    assert room.library.files(NAME, first.hash)["CHANGELOG.md"] == b"# 1.0.0\n"
    back = await room.library.restore(NAME, first.hash)
    assert back == first
    assert room.started().whole(NAME) == first
    assert (await room.library.write(made("learned", "# 1.0.2\n"))).version == "1.0.2"


async def test_the_same_bytes_are_one_version(room: Room) -> None:
    first = await room.library.write(made("learned"))
    files = room.library.files(NAME)
    again = await room.library.write(Draft(NAME, files, "learned", ("anna",), ""))
    assert again == first
    assert len(room.library.versions(NAME)) == 1


async def test_a_shipped_skill_goes_back_to_an_earlier_version_until_the_next_one_ships(room: Room) -> None:
    before = room.library.whole("tea-time")
    files = skill_files("tea-time", {"skill.yaml": MANIFEST.replace("1.0.0", "1.1.0")})
    files = {**files, "SKILL.md": files["SKILL.md"].replace(b"1.0.0", b"1.1.0")}
    write_files(room.shipped / "tea-time", files)
    seal(room.shipped)
    library = room.started()
    assert library.whole("tea-time").version == "1.1.0"
    assert (await library.restore("tea-time", before.hash)).version == "1.0.0"
    assert room.started().whole("tea-time") == before
    await library.restore("tea-time", library.versions("tea-time")[0][1])
    assert library.whole("tea-time").version == "1.1.0"
    assert library.place("tea-time") == "shipped"
    await library.restore("tea-time", before.hash)
    write_files(room.shipped / "tea-time", {"CHANGELOG.md": b"# 1.1.1\n"})
    seal(room.shipped)
    assert room.started().place("tea-time") == "shipped"


async def test_a_version_that_nobody_knows_is_not_gone_back_to(room: Room) -> None:
    for name in ("tea-time", NAME, "nothing"):
        with pytest.raises(Refused):
            await room.library.restore(name, "0" * 64)


async def test_what_is_taken_along_is_a_skill_by_the_specification_and_can_be_brought_again(room: Room) -> None:
    await room.brought()
    for name in (NAME, "tea-time"):
        target = write_files(room.folder / "out" / name, room.library.files(name))
        assert validate(target) == []
    room.library.erase(NAME)
    assert (await room.taken(room.folder / "out" / NAME)).problems == ()


async def test_what_is_erased_leaves_nothing_on_the_disk(room: Room) -> None:
    await room.brought()
    room.library.erase(NAME)
    assert room.changed == [NAME]
    assert room.library.get(NAME) is None
    assert room.library.versions(NAME) == ()
    assert {one.name for one in room.own.iterdir()} == {"skills.lock"}
    room.library.erase(NAME)
    room.library.erase("tea-time")
    assert room.library.whole("tea-time")


async def test_a_folder_that_is_no_skill_is_told_and_stops_nothing(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    await room.brought()
    write_files(room.own / "no-skill", {"notes.md": b"x"})
    write_files(room.own / "Not A Name", skill_files())
    (room.own / "pipe").symlink_to("/dev/zero")
    with caplog.at_level(logging.ERROR):
        library = room.started()
    assert set(library.broken()) == {"no-skill", "Not A Name", "pipe"}
    assert "SKILL.md" in library.broken()["no-skill"]
    assert library.whole(NAME)
    refused(library, "no-skill", "cannot be read")


async def test_with_a_damaged_lock_everything_of_the_home_is_a_draft(room: Room) -> None:
    await room.brought()
    (room.own / "skills.lock").write_text("{")
    library = room.started()
    refused(library, NAME, "Nobody has taken")
    assert library.whole("tea-time")
    with pytest.raises(Broken):
        await library.write(made("learned", "# 1.0.1\n"))


async def test_two_that_write_at_once_come_one_after_the_other(room: Room) -> None:
    drafts = [made("learned", f"# {number}\n") for number in range(4)]
    skills = await asyncio.gather(*(room.library.write(one) for one in drafts))
    assert sorted(skill.version for skill in skills) == ["1.0.0", "1.0.1", "1.0.2", "1.0.3"]
    assert room.library.whole(NAME) == skills[-1]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_is_erased_while_it_is_written_is_not_written(
    when: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await room.library.write(made("learned"))
    real = asyncio.to_thread

    async def erasing(work: Callable[..., object], *rest: object) -> object:
        if when == "before" and rest[0] == NAME:  # which is when the folders are exchanged
            room.library.erase(NAME)
        done = await real(work, *rest)
        if when == "after":
            room.library.erase(NAME)
        return done

    for work in (
        lambda: room.library.write(made("learned", "# 1.0.1\n")),
        lambda: room.library.restore(NAME, first.hash),
    ):
        monkeypatch.setattr(asyncio, "to_thread", erasing)
        with pytest.raises(Refused, match="forgotten meanwhile"):
            await work()
        monkeypatch.undo()
        assert room.library.get(NAME) is None
        assert room.library.versions(NAME) == ()
        assert not (room.own / NAME).exists()
        assert (await room.library.write(made("learned"))).hash == first.hash
        assert (await room.library.restore(NAME, first.hash)) == first


async def test_a_folder_that_cannot_be_read_is_erased_as_well(room: Room) -> None:
    await room.brought()
    (room.own / NAME / "skill.yaml").write_text("x")
    refused(room.library, NAME, "cannot be read")
    room.library.erase(NAME)
    assert room.library.broken() == {}
    assert not (room.own / NAME).exists()
    write_files(room.own / NAME, skill_files())
    room.library = room.started()
    room.library.erase(NAME)
    assert not (room.own / NAME).exists()


async def test_the_version_that_one_was_made_from_is_kept(room: Room) -> None:
    for changes in ("# 1.0.0\n", "# 1.0.1\n"):
        await room.library.write(made("learned", changes))
    manifest = MANIFEST.replace("1.0.0", "1.0.2") + 'provenance: {made: learned, parent: "1.0.0"}\n'
    files = skill_files(change={"skill.yaml": manifest})
    told = files["SKILL.md"].replace(b"1.0.0", b"1.0.2")
    await room.library.write(Draft(NAME, {**files, "SKILL.md": told}, "learned", ("anna",), ""))
    rows = room.db.execute("SELECT version, parent FROM skill_versions WHERE name = ? ORDER BY rowid", (NAME,))
    assert rows.fetchall() == [("1.0.0", ""), ("1.0.1", "1.0.0"), ("1.0.2", "1.0.0")]


async def test_a_start_finishes_what_a_crash_left_half_done(room: Room) -> None:
    await room.brought()
    (room.own / NAME).rename(room.own / f".{NAME}.new")
    assert room.started().whole(NAME)


async def test_what_is_not_known_any_more_is_looked_at_closer_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.taken(room.source(changes="sudo\n"))
    room.db.execute("UPDATE skill_versions SET found = NULL")
    looked: list[str] = []
    real = reading.read_skill

    def looking(files: Files, name: str) -> Skill:
        looked.append(name)
        return real(files, name)

    monkeypatch.setattr(reading, "read_skill", looking)
    for _ in range(2):
        refused(room.started(), NAME, "command for a terminal")
    assert looked == [NAME]  # and what ships is not
    (room.own / NAME / "program.py").write_text("1\n")
    refused(room.started(), NAME, "program.py")
    assert looked == [NAME]  # nor what is a draft anyway


async def test_files_of_an_installer_are_read_where_they_ship(room: Room) -> None:
    os.link(room.shipped / "tea-time" / "program.py", room.folder / "cache")
    assert room.started().whole("tea-time")
    assert room.library.files("tea-time")
    await room.brought()
    os.link(room.own / NAME / "program.py", room.folder / "mine")
    refused(room.library, NAME, "hard link")
    with pytest.raises(Refused, match="hard link"):
        room.started().files(NAME)


async def test_nothing_is_half_there_after_something_that_is_refused(room: Room) -> None:
    with pytest.raises(Refused, match=r"no skill: skill\.yaml:8: "):
        await room.library.write(Draft(NAME, {**skill_files(), "skill.yaml": SPOILED}, "imported", (), ""))
    with pytest.raises(Refused):
        await room.library.write(made("learned", "your password\n"))
    assert room.library.get(NAME) is None
    assert room.library.versions(NAME) == ()
    assert not room.own.exists()


async def test_a_start_reads_again_only_what_it_never_read(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.brought()
    room.library.load()
    before = room.started().all()

    def parsing(*args: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr(reading, "read_skill", parsing)
    monkeypatch.setattr(libraries, "outlined", parsing)
    assert room.started().all() == before


async def test_who_is_told_of_a_change_hears_of_what_a_new_look_finds(room: Room) -> None:
    await room.brought()
    room.library.load()
    assert room.changed == []
    (room.own / NAME / "program.py").write_text("1\n")
    room.library.load()
    assert room.changed == [NAME]


async def test_without_any_place_there_is_nothing(tmp_path: Path, room: Room) -> None:
    library = Library(None, tmp_path / "nowhere", room.db, HeldClock())
    library.load()
    assert library.all() == ()
    assert library.broken() == {}


def test_a_start_does_not_load_what_a_closer_look_needs(room: Room) -> None:
    code = f"""
import sys
from pathlib import Path
from claw.base.clock import SystemClock
from claw.skills.library import Library
from claw.store.db import open_database
db = open_database(Path({str(room.folder)!r}) / "claw.db")
library = Library(Path({str(room.shipped)!r}), Path({str(room.own)!r}), db, SystemClock())
library.load()
assert [skill.problems for skill in library.all()] == [()]
print(*sys.modules)
"""
    for fresh in (True, False):
        if fresh:
            room.db.execute("DELETE FROM skill_versions")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert not {"claw.skills.scan", "claw.skills.reading", "claw.program.api"} & set(done.stdout.split())


async def test_files_of_the_present_bytes_are_had_by_their_hash_though_nobody_took_them_in(room: Room) -> None:
    write_files(room.own / NAME, skill_files())
    library = room.started()
    skill = library.get(NAME)
    assert skill is not None
    assert library.files(NAME, skill.hash) == skill_files()
    (room.own / NAME / "link.md").symlink_to("SKILL.md")
    with pytest.raises(Refused, match="cannot be read"):
        library.files(NAME)


async def test_a_shipped_skill_goes_back_though_its_copy_of_the_home_was_erased_once(room: Room) -> None:
    before = room.library.whole("tea-time")
    write_files(room.shipped / "tea-time", skill_files("tea-time", {"CHANGELOG.md": "# 1.0.0\n\nBetter.\n"}))
    seal(room.shipped)
    library = room.started()
    assert library.whole("tea-time").hash != before.hash
    library.erase("tea-time")
    assert (await library.restore("tea-time", before.hash)).hash == before.hash


def test_a_link_to_nowhere_is_told_as_what_cannot_be_read(room: Room) -> None:
    room.own.mkdir()
    (room.own / NAME).symlink_to("nowhere")
    assert set(room.started().broken()) == {NAME}


def test_of_too_many_skills_only_so_many_are_read(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write_files(room.shipped / "dinner-time", skill_files("dinner-time"))
    seal(room.shipped)
    monkeypatch.setattr(libraries, "MOST_SKILLS", 2)
    assert [one.name for one in room.started().all()] == ["dinner-time", "tea-time"]
    assert "only the first" not in caplog.text
    monkeypatch.setattr(libraries, "MOST_SKILLS", 1)
    assert [one.name for one in room.started().all()] == ["dinner-time"]
    assert "only the first 1 are read" in caplog.text


def test_a_place_that_is_no_folder_holds_no_skill_and_stops_nothing(room: Room) -> None:
    room.own.write_text("a file where the folder should be")
    assert [one.name for one in room.started().all()] == ["tea-time"]
