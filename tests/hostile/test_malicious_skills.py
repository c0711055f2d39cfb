"""Skills that somebody prepared: imported as a person would, tampered with behind the library, or trusted by mistake.

Whatever they say, each is refused or a draft, with a sentence why; and where one runs after all, because an owner said
yes to it, it can do no more than its manifest, the rules and the person who asks may.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Origin, Reply
from claw.base.errors import Invalid, Refused
from claw.daemon.build import Daemon
from claw.skills.folder import read_folder
from claw.skills.lock import seal
from claw.skills.model import Files, Standing
from claw.skills.places import own
from tests.hostile.malicious_skills import MALICIOUS, NAME, UNLOCK, WIDE, Malicious
from tests.living import OWNER, living
from tests.running import running
from tests.skill_folders import MANIFEST, PROGRAM, skill_files, write_files

CHILD = Origin("web", "carl", authenticated=True, source="test", conversation="child", strength="session")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as alive:
        yield alive


def house_of(daemon: Daemon) -> dict[str, str]:
    return {entity_id: state.value for entity_id, state in daemon.mirror.house().states.items()}


def acts(daemon: Daemon) -> list[str]:
    """What the log says was sent out, beyond what was decided about skills."""
    sent = (entry.payload or {} for entry in daemon.audit.entries(0, 10_000, kinds=["intent"]))
    names = [str(one["action"]["name"]) for one in sent]
    return [one for one in names if not one.startswith("claw.skill_")]


async def brought(daemon: Daemon, folder: Path) -> tuple[str, str]:
    """Import ``folder`` as the command line does; return what became of it, and all that was said."""
    try:
        files = read_folder(folder)
    except Invalid as error:
        return "refused", str(error)
    answer = await daemon.desk.skilful.take(folder.name, files, OWNER)
    if answer["status"] != "done":
        return "refused", str(answer["text"])
    shown = daemon.desk.skilful.one(folder.name, OWNER)
    return str(shown["state"]), " ".join([str(answer["text"]), *map(str, shown["problems"])])


async def trusted(daemon: Daemon, files: Files) -> Standing:
    """Import a skill and trust it, as if a proof had been green and an owner had said yes."""
    assert (await daemon.desk.skilful.take(NAME, files, OWNER))["status"] == "done"
    standing = daemon.skills.lives.standings.of(NAME)
    assert standing is not None
    told = replace(standing, state="trusted", accepted_by="anna")
    return daemon.skills.lives.standings.put(told, "accepted", "for the test", origin=OWNER)


async def say(daemon: Daemon, text: str, by: Origin = OWNER) -> Reply:
    return await daemon.desk.say(text, by)


@pytest.mark.parametrize("how", MALICIOUS)
async def test_it_is_refused_or_a_draft_with_a_sentence_why_and_nothing_runs(
    how: str, daemon: Daemon, tmp_path: Path
) -> None:
    malicious: Malicious = MALICIOUS[how]
    folder = tmp_path / "from elsewhere" / NAME
    folder.parent.mkdir()
    malicious.make(folder)
    before = house_of(daemon)
    became, said = await brought(daemon, folder)
    assert (became, malicious.word in said) == (malicious.becomes, True), said
    for phrase in ("reading light in the living room", "reading light please"):
        reply = await say(daemon, phrase)
        assert reply.path != "skill"
        assert reply.status in {"unclear", "answered", "refused"}, reply
    assert house_of(daemon) == before
    assert acts(daemon) == []
    kept = daemon.skills.library.get(NAME)
    assert (kept is None) == (became == "refused")
    if kept is not None:
        assert daemon.skills.lives.life.may_run(kept, OWNER)
        assert kept.manifest.provenance.made == "imported"


def test_there_are_enough_of_them() -> None:
    assert len(MALICIOUS) >= 30
    assert {one.becomes for one in MALICIOUS.values()} == {"refused", "draft"}


# Trusted, and then changed.


@pytest.mark.parametrize("path", ["program.py", "skill.yaml", "SKILL.md", "CHANGELOG.md", "tests/ordinary.yaml"])
async def test_one_changed_byte_after_trust_is_a_draft_again_and_stays_one(
    path: str, daemon: Daemon, tmp_path: Path
) -> None:
    await trusted(daemon, skill_files())
    reply = await say(daemon, "reading light in the living room")
    assert (reply.path, reply.status) == ("skill", "done")
    done = len(acts(daemon))
    file = own(tmp_path / "state") / NAME / path
    whole = file.read_bytes()
    file.write_bytes(whole + b" ")
    reply = await say(daemon, "reading light in the living room")
    assert (reply.status, len(acts(daemon))) == ("refused", done)
    assert "changed" in reply.text or "cannot be read" in reply.text
    standing = daemon.skills.lives.standings.of(NAME)
    assert standing is not None
    assert (standing.state, standing.accepted_by) == ("draft", "")
    assert path in standing.why or "cannot be read" in standing.why
    file.write_bytes(whole)
    assert (await say(daemon, "reading light in the living room")).path != "skill"
    await say(daemon, "turn on the hall light")  # whose entry takes along what nobody waits for
    steps = [entry.payload or {} for entry in daemon.audit.entries(0, 10_000, kinds=["skill"])]
    assert [one["what"] for one in steps if one["skill"] == NAME] == ["accepted", "changed"]


async def test_a_folder_that_cannot_be_read_any_more_is_a_draft_and_stays_one(daemon: Daemon, tmp_path: Path) -> None:
    await trusted(daemon, skill_files())
    file = own(tmp_path / "state") / NAME / "skill.yaml"
    whole = file.read_bytes()
    file.write_bytes(b"\xff" + whole)
    assert (await say(daemon, "reading light in the living room")).status == "refused"
    standing = daemon.skills.lives.standings.of(NAME)
    assert standing is not None
    assert (standing.state, "skill.yaml" in standing.why) == ("draft", True)
    assert daemon.desk.skilful.listed(OWNER)
    file.write_bytes(whole)
    daemon.skills.library.load()
    assert (await say(daemon, "reading light in the living room")).path != "skill"
    assert acts(daemon) == []


async def test_bytes_that_were_changed_together_with_the_lock_are_a_draft_after_a_restart(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await trusted(daemon, skill_files())
    place = own(tmp_path / "state")
    (place / NAME / "program.py").write_text(PROGRAM.replace("brightness_pct=brightness", "brightness_pct=60"))
    seal(place)
    async with living(tmp_path) as daemon:
        assert (await say(daemon, "reading light in the living room")).path != "skill"
        standing = daemon.skills.lives.standings.of(NAME)
        assert standing is not None
        assert standing.state == "draft"
        assert acts(daemon) == []


# Trusted by mistake: what it may do is still what manifest, rules and person let.


def skill_of(program: str, may: str, phrase: str = "reading light please") -> Files:
    text = f'version: 1.0.0\ntriggers: {{phrases: {{en: ["{phrase}"]}}}}\nmay:\n{may}'
    return skill_files(NAME, {"program.py": program, "skill.yaml": text, "tests/ordinary.yaml": None})


LIGHTS = "  - {call: light.turn_on, on: {domain: light}}\n"


@pytest.mark.parametrize(
    ("program", "may"),
    [
        (UNLOCK, LIGHTS),
        (f'for one in find(domain="lock"):\n    {UNLOCK}', LIGHTS),
        ('await call("light.turn_off", find(domain="light"))\n', LIGHTS),
        ('await call("light.turn_on", "light.living_room_lamp", brightness_pct=100)\n', LIGHTS),
        ('await call("light.turn_on", "light.living_room_lamp")\n', "  - {call: light.turn_on, on: {area: bedroom}}\n"),
    ],
)
async def test_a_program_does_nothing_beyond_its_manifest(program: str, may: str, daemon: Daemon) -> None:
    before = house_of(daemon)
    await trusted(daemon, skill_of(program, may))
    await say(daemon, "reading light please")
    assert house_of(daemon) == before
    assert acts(daemon) == []


@pytest.mark.parametrize("by", [OWNER, CHILD])
async def test_a_manifest_wider_than_the_rules_gives_nothing_that_they_do_not(by: Origin, daemon: Daemon) -> None:
    await trusted(daemon, skill_files(NAME, {"program.py": UNLOCK, "skill.yaml": WIDE}))
    reply = await say(daemon, "reading light please", by)
    assert reply.status in {"pending", "refused", "unclear"}
    assert daemon.mirror.house().states["lock.front_door"].value == "locked"
    assert acts(daemon) == []


@pytest.mark.parametrize(
    "word", ["stop", "yes", "undo that", "turn on the hall light", "is the front door locked", "good night"]
)
async def test_no_phrase_takes_a_word_to_claw_or_a_sentence_of_its_own(word: str, daemon: Daemon) -> None:
    await trusted(daemon, skill_of('await call("light.turn_on", "light.porch")\n', LIGHTS, word))
    reply = await say(daemon, word)
    assert reply.path != "skill"
    assert daemon.stop.engaged == (word == "stop")


# Who may bring one at all.


@pytest.mark.parametrize(
    "by",
    [
        CHILD,
        Origin("web", "ben", authenticated=True, source="test", conversation="adult", strength="session"),
        Origin("web", "anna", source="test", conversation="not signed in"),
        Origin("voice:hall", place="hall", source="test", conversation="voice"),
        replace(OWNER, taint=("calendar",)),
        replace(OWNER, skill="good-night"),
        Origin("routine", source="test", conversation="routine"),
    ],
    ids=["child", "adult", "not signed in", "voice", "text from outside", "another skill", "routine"],
)
async def test_nobody_but_an_owner_in_person_brings_a_skill(by: Origin, daemon: Daemon) -> None:
    answer = await daemon.desk.skilful.take(NAME, skill_files(), by)
    assert answer["status"] == "refused"
    assert answer["text"]
    assert daemon.skills.library.get(NAME) is None


async def test_while_claw_is_stopped_none_is_brought(daemon: Daemon) -> None:
    await say(daemon, "stop")
    answer = await daemon.desk.skilful.take(NAME, skill_files(), OWNER)
    assert answer["status"] == "stopped"
    assert daemon.skills.library.get(NAME) is None


async def test_an_import_takes_nobodys_place(daemon: Daemon) -> None:
    higher = MANIFEST.replace("1.0.0", "9.0.0")
    answer = await daemon.desk.skilful.take("good-night", skill_files("good-night", {"skill.yaml": higher}), OWNER)
    assert (answer["status"], "came with Claw" in str(answer["text"])) == ("refused", True)
    before = await trusted(daemon, skill_files())
    changed = skill_files(NAME, {"program.py": UNLOCK})
    answer = await daemon.desk.skilful.take(NAME, changed, OWNER)
    assert answer["status"] == "refused"
    assert daemon.skills.lives.standings.of(NAME) == before
    with pytest.raises(Refused):
        daemon.skills.library.whole("../" + NAME)


def test_the_command_line_brings_a_skill_from_a_folder_as_a_draft_and_says_what_is_wrong(tmp_path: Path) -> None:
    good = write_files(tmp_path / NAME, skill_files())
    spoiled = write_files(tmp_path / "spoiled" / "tea-time", skill_files("tea-time", {"CHANGELOG.md": "sudo\n"}))
    linked = write_files(tmp_path / "linked" / "tea-time", skill_files("tea-time"))
    (linked / "notes.md").symlink_to("/etc/passwd")
    with running(tmp_path / "state") as daemon:
        done = daemon.json("skills", "import", str(good))
        assert (done["status"], done["skill"]["state"]) == ("done", "draft")
        refused = daemon.run("skills", "import", str(linked))
        assert refused.returncode != 0
        assert "notes.md: is a link" in refused.stderr
        done = daemon.json("skills", "import", str(spoiled))
        assert "command for a terminal" in " ".join(done["skill"]["problems"])
        assert daemon.run("skills", "enable", "tea-time").returncode == 3
        listed = {one["name"]: one["state"] for one in daemon.json("skills", "list")}
        assert (listed[NAME], listed["tea-time"], listed["good-night"]) == ("draft", "draft", "trusted")
        assert daemon.say("reading light in the living room")["path"] != "skill"
        assert json.loads(daemon.run("status", "--json").stdout)["tokens"] == 0
