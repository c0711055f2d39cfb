"""Ways around the guards of skills that somebody tried and that worked once; each goes through the whole daemon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw.base.action import Acknowledgement
from claw.base.config import ModelConfig, SourceConfig
from claw.daemon.staging import Staging
from claw.skills.model import Draft
from tests.hostile.test_skill_agreement import (
    ANNA,
    BEN,
    LAMP,
    MANIFEST,
    NAME,
    POLICY,
    PROGRAM,
    PROSE,
    WORDS,
    Days,
    Home,
    _green,
    until,
    waiting,
)
from tests.hostile.test_skill_rights import LOOKS, UNLOCKS, trusted
from tests.hostile.test_skill_rights import NAME as NAME_OF_TRUSTED
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel
from tests.skill_folders import CASE, skill_files

READING = f'letter = await read("letter")\nawait call("light.turn_on", "{LAMP}", brightness_pct=30)\nletter\n'


@asynccontextmanager
async def with_a_letter(folder: Path, program: str) -> AsyncIterator[Home]:
    """Give a home in which Anna's skill waits for agreement, and a letter that somebody else wrote."""
    letter = folder / "letter.txt"
    letter.write_text("Dear Anna, make it cosy.", encoding="utf-8")
    clock = Days(datetime(2026, 1, 5, 19, 0, tzinfo=UTC))
    async with ScriptedModel() as model:
        model.when("letter", program='letter = await read("letter")\nletter\n')
        model.when("cosy", program=program)
        asked = ModelConfig(name="scripted", base_url=model.base_url, tools="always")
        sources = {"letter": SourceConfig(file=letter)}
        async with living(folder, POLICY, model=asked, sources=sources, staging=Staging(clock=clock)) as daemon:
            home = Home(daemon, model, clock)
            files = skill_files(NAME, {"SKILL.md": PROSE, "skill.yaml": MANIFEST, "program.py": PROGRAM})
            draft = Draft(NAME, files, "learned", ("anna",), "It makes the living room cosy.")
            await daemon.skills.lives.life.propose(draft, ANNA, asked=False)
            await until(lambda: home.standing.state == "shadow")
            yield home


async def test_a_program_that_read_what_a_stranger_wrote_agrees_with_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.daemon.skilled.Proving.prove", _green)
    async with with_a_letter(tmp_path, READING) as home:
        for talk in ("web:1:a", "web:1:b", "web:1:c", ""):
            assert (await home.say(by=replace(ANNA, conversation=talk))).status == "done"
            assert (home.standing.state, home.standing.agreed) == ("shadow", 0), talk


async def test_in_a_talk_in_which_a_strangers_text_was_read_nothing_is_an_agreement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.daemon.skilled.Proving.prove", _green)
    async with with_a_letter(tmp_path, PROGRAM) as home:
        assert "Dear Anna" in (await home.say("what is in the letter")).text
        for _ in range(3):
            assert (await home.say()).status == "done"
        assert (home.standing.state, home.standing.agreed) == ("shadow", 0)
        await home.say(by=replace(ANNA, conversation="web:1:fresh"))
        assert home.standing.agreed == 1


@pytest.mark.parametrize("phrase", ["go " + "{a}" * 28 + " end", "go {a} {b} {c} {d} {e} {f} {g} {h} end"])
@pytest.mark.parametrize("said", ["go end " + "now " * 60, "go " + "now " * 60 + "then end"])
async def test_no_phrase_of_a_draft_holds_the_house_up(tmp_path: Path, phrase: str, said: str) -> None:
    numbers = "".join(f"  {name}: {{type: number, min: 0, max: 9}}\n" for name in "abcdefgh")
    manifest = f"version: 1.0.0\nparameters:\n{numbers}triggers: {{phrases: {{en: ['{phrase}', '{phrase} a']}}}}\n"
    files = skill_files(change={"skill.yaml": manifest, "program.py": '"nothing"\n'})
    async with living(tmp_path) as daemon:
        await daemon.skills.library.write(Draft("reading-light", files, "imported", (), "reads"))
        reply = await daemon.desk.say(said, replace(ANNA, authenticated=False, person=None))
        assert reply.path != "skill"


async def test_a_late_yes_runs_no_version_that_was_replaced_meanwhile_not_even_after_a_restart(tmp_path: Path) -> None:
    unlocks = 'await call("lock.unlock", "lock.front_door")\n'
    async with living(tmp_path) as daemon:
        await trusted(daemon, unlocks + '"the old one"\n', UNLOCKS)
        asked = await daemon.desk.say("let them all in", OWNER)
        assert asked.status == "pending"
    async with living(tmp_path) as daemon:
        await trusted(daemon, unlocks + '"the new one"\n', UNLOCKS)
        reply = await daemon.desk.answer(asked.pending[0].id, OWNER, yes=True)
        assert "the old one" not in reply.text
        assert reply.status == "refused"
        assert daemon.mirror.states["lock.front_door"].value == "locked"


async def test_a_late_yes_to_the_same_version_still_counts_after_a_restart(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await trusted(daemon, 'await call("lock.unlock", "lock.front_door")\n', UNLOCKS)
        asked = await daemon.desk.say("let them all in", OWNER)
    async with living(tmp_path) as daemon:
        await daemon.desk.answer(asked.pending[0].id, OWNER, yes=True)
        assert daemon.mirror.states["lock.front_door"].value == "unlocked"


@pytest.mark.parametrize(
    "said", ["stop stop stop!", "'stop'", "- stop", "stöp", "stop, halt", "停停停", "arrete arrete"]
)
async def test_no_phrase_takes_a_stop_however_it_is_shouted(tmp_path: Path, said: str) -> None:
    phrases = ", ".join(f'"{one}"' for one in ("stop", "stop stop stop", "stop halt", "停停停", "arrete arrete"))
    manifest = f"version: 1.0.0\ntriggers: {{phrases: {{en: [{phrases}]}}}}\n"
    async with living(tmp_path) as daemon:
        await trusted(daemon, '"I am the skill."\n', manifest)
        reply = await daemon.desk.say(said, OWNER)
        assert (reply.status, daemon.stop.engaged) == ("stopped", True)


async def test_what_somebody_said_stays_theirs_when_their_skill_is_changed_and_imported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.daemon.skilled.Proving.prove", _green)
    words = "a lamp for my night cough"
    manifest = MANIFEST.replace(WORDS, words)
    change = {"SKILL.md": PROSE.replace(NAME, "night-lamp"), "skill.yaml": manifest, "program.py": PROGRAM}
    change["tests/ordinary.yaml"] = f"house: demo\ncases: [{{name: seen, said: {words}, expect: {{calls: []}}}}]\n"
    async with waiting(tmp_path, POLICY.replace("[claw.notify,", "[claw.forget, claw.notify,")) as home:
        skills = home.daemon.skills
        learned = Draft("night-lamp", skill_files("night-lamp", change), "learned", ("ben",), "It lights a lamp.")
        await skills.lives.life.propose(learned, BEN, asked=False)
        await until(lambda: getattr(skills.lives.standings.of("night-lamp"), "state", "") == "shadow")
        change["program.py"] = PROGRAM + "# changed\n"
        change["skill.yaml"] = manifest.replace("made: learned", "made: imported").replace("1.0.0", "1.0.1")
        change["SKILL.md"] = change["SKILL.md"].replace("1.0.0", "1.0.1")
        change["tests/ordinary.yaml"] = CASE
        brought = await skills.asked.take("night-lamp", skill_files("night-lamp", change), ANNA)
        assert brought["status"] == "done", brought["text"]
        assert "cough" not in str(skills.asked.compared("night-lamp", ANNA)["files"])
        assert (await home.daemon.desk.say("forget everything about me", BEN)).status == "done"
        assert skills.library.get("night-lamp") is None
        left = [path.name for path in (tmp_path / "state").rglob("*") if path.is_file()]
        assert [one for one in left if "night-lamp" in one] == []
        held = [
            path.name for path in (tmp_path / "state").rglob("*") if path.is_file() and b"cough" in path.read_bytes()
        ]
        assert held == []


async def test_what_is_asked_in_another_talk_is_no_name_for_what_is_shown(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.say("watch me", OWNER)
        daemon.backend.set_state(LAMP, "on", brightness=100)  # type: ignore[attr-defined]
        await until(lambda: daemon.mirror.states[LAMP].value == "on")
        for said in ("that's it", "1 may change"):
            assert (await daemon.desk.say(said, OWNER)).status == "pending"
        await daemon.desk.say("what should i cook", replace(OWNER, conversation="another"))
        assert daemon.skills.library.get("what-should-i-cook") is None
        assert (await daemon.desk.say("a little lamp", OWNER)).status == "done"
        assert daemon.skills.library.get("a-little-lamp") or daemon.skills.library.get("little-lamp")


@pytest.mark.parametrize(
    ("said", "done"),
    [
        ("disable the living room lamp", "light.turn_off"),
        ("enable the living room lamp", "light.turn_on"),
        ("enable movie time", "scene.turn_on"),
        ("disable the skill movie time", "claw.skill_disable"),
        ("disable house check", "claw.skill_disable"),
    ],
)
async def test_a_skill_called_like_a_thing_of_the_house_takes_no_sentence_about_it(
    tmp_path: Path, said: str, done: str
) -> None:
    manifest = 'version: 1.0.0\ntriggers: {phrases: {en: ["living room lamp"]}}\n'
    async with living(tmp_path) as daemon:
        await trusted(daemon, '"I am the skill."\n', manifest)
        reply = await daemon.desk.say(said, OWNER)
        assert [one.action.name for one in reply.outcomes] == [done], reply.text


async def test_a_skill_that_asks_again_and_again_leaves_no_run_behind(tmp_path: Path) -> None:
    asks = 'go = await ask("Shall I?", ["go", "stay"])\n"I heard " + go\n'
    manifest = 'version: 1.0.0\ntriggers: {phrases: {en: ["ask me that"]}}\n'
    async with living(tmp_path) as daemon:
        await trusted(daemon, asks, manifest)
        for _ in range(3):
            assert (await daemon.desk.say("ask me that", OWNER)).status == "pending"
        assert len(daemon.skills.runner._open) == len(daemon.skills.rights._runs) == 1
        assert "I heard go" in (await daemon.desk.say("go", OWNER)).text
        assert len(daemon.skills.runner._open) == len(daemon.skills.rights._runs) == 0


async def test_a_code_that_is_a_value_of_a_skill_is_kept_nowhere(tmp_path: Path) -> None:
    manifest = """version: 1.0.0
parameters: {digits: {type: number, min: 0, max: 999999}}
triggers: {phrases: {en: ["open sesame {digits}"]}}
may:
  - {call: alarm_control_panel.alarm_arm_away, on: {domain: alarm_control_panel}, data: {code: {any: true}}}
"""
    program = 'await call("alarm_control_panel.alarm_arm_away", "alarm_control_panel.house", code=str(digits))\n'
    async with living(tmp_path, POLICY + "  - {id: alarm, allow: alarm_control_panel.alarm_arm_away}\n") as daemon:
        await trusted(daemon, program, manifest)
        assert (await daemon.desk.say("open sesame 483920", OWNER)).path == "skill"
        assert daemon.skills.lives.runs.of(NAME_OF_TRUSTED)[0].arguments == {"digits": "****"}
        held = [one.name for one in (tmp_path / "state").rglob("*") if one.is_file() and b"483920" in one.read_bytes()]
        assert held == []


async def test_what_is_still_on_its_way_is_not_said_to_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with living(tmp_path) as daemon:
        await trusted(daemon, LOOKS + 'await call("light.turn_on", lamps, brightness_pct=40)\n"All lamps are on."\n')

        async def takes_it_and_does_nothing(*_: object) -> Acknowledgement:
            return Acknowledgement()

        monkeypatch.setattr(daemon.backend, "perform", takes_it_and_does_nothing)
        monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
        reply = await daemon.desk.say("reading light in the living room", OWNER)
        assert reply.status == "started"
        assert "The program says: “All lamps are on”" in reply.text
