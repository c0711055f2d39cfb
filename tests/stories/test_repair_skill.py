"""A skill of the household's own names a lamp that was replaced: a repair brings its next version, which runs."""

import json
import os
import shlex
from pathlib import Path
from typing import Any

from tests.running import claw, running
from tests.skill_folders import skill_files, write_files
from tests.stories.test_repair import CONFIG, HOUSE, NEW, OLD, POLICY, STAYED

NAME = "breakfast-light"
OLD_LAMP, NEW_LAMP = "light.kitchen_lamp", "light.lamp_over_kitchen_table"
TODAY = """\
house:
  areas: [{id: kitchen, name: Kitchen}]
  entities: [{entity_id: light.kitchen_lamp, name: Kitchen Lamp, area: kitchen, state: off}]
cases:
  - name: a dark morning
    said: breakfast light
    expect:
      calls: [{call: light.turn_on, on: light.kitchen_lamp}]
      states: {light.kitchen_lamp: on}
  - {name: it is on already, said: breakfast light, given: {light.kitchen_lamp: on}, expect: {calls: []}}
"""
SKILL = {
    "skill.yaml": """version: 1.0.0
triggers: {phrases: {en: ["breakfast light"]}}
may:
  - {call: light.turn_on, on: {entity: light.kitchen_lamp}}
""",
    "program.py": """lamps = [one for one in find(domain="light", state="off") if one == "light.kitchen_lamp"]
if lamps:
    await call("light.turn_on", lamps)
""",
    "tests/ordinary.yaml": TODAY,
}
RULES = POLICY.replace("claw.schedule,", '"claw.skill_*", claw.schedule,')


def repair(home: Path, *words: str) -> tuple[int, Any]:
    done = claw("doctor", "--repair", "--json", *options(home), *words, timeout=60)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def options(home: Path) -> tuple[str, ...]:
    return ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))


def test_a_skill_that_alone_names_what_was_replaced_is_brought_proved_accepted_and_runs(tmp_path: Path) -> None:
    """Nothing else names the lamp; the newcomer is found for it without a word from anybody."""
    run = ("run", "--config", str(tmp_path / "config.yaml"))
    (tmp_path / "house.yaml").write_text(HOUSE + OLD + STAYED)
    (tmp_path / "policy.yaml").write_text(RULES.split("tests:")[0].replace(OLD_LAMP, "light.*"))
    config = CONFIG.format(uid=os.getuid())
    (tmp_path / "config.yaml").write_text(config.split("stop:")[0])
    folder = write_files(tmp_path / NAME, skill_files(NAME, SKILL))
    with running(tmp_path / "state", run) as daemon:
        assert daemon.json("skills", "import", str(folder))["status"] == "done"
        assert daemon.end() == 0
    (tmp_path / "house.yaml").write_text(HOUSE + NEW.splitlines()[0] + "\n" + OLD.splitlines()[1] + "\n" + STAYED)
    with running(tmp_path / "state", run) as daemon:
        code, found = repair(tmp_path, "--apply", "--yes")
        assert [(one["old"], one["new"]) for one in found["mapping"]] == [(OLD_LAMP, NEW_LAMP)]
        assert found["proofs"] == [{"name": NAME, "green": True, "why": ""}]
        assert (code, [one["status"] for one in found["skills"]]) == (0, ["done"]), found["skills"]
        brought = daemon.json("skills", "show", NAME)
        assert (brought["version"], brought["state"]) == ("1.0.1", "draft")
        (row,) = found["todo"]
        for command in row["commands"][0].split(" && "):
            more = ("--yes",) if "accept" in command else ()
            done = claw(*shlex.split(command)[1:], *more, timeout=120)
            assert done.returncode == 0, command + done.stdout + done.stderr
        assert daemon.say("breakfast light")["path"] == "skill"
        assert daemon.state_of(NEW_LAMP) == "on"
        assert repair(tmp_path)[1]["mapping"] == []
