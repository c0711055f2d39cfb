"""What `claw doctor --repair` prints, and that a write which does not come through leaves all as it was."""

import json
import shutil
from pathlib import Path

import pytest
import typer

from claw.base.errors import Refused
from claw.cli import doctor_repair, policy_change
from claw.skills.places import shipped
from tests.cli_room import Cli

HOUSE = """\
areas: [{id: hall, name: Hall}]
entities:
  - {entity_id: light.hall_lamp_new, name: Hall Lamp, area: hall, state: off}
  - {entity_id: light.porch, name: Porch, state: off}
"""
POLICY = "version: 1\nrules:\n  - {id: lamp, allow: light.*, on: {entity: light.hall_lamp}}\n"
CONFIG = "house: {simulated: house.yaml}\nroutines: {hands: {light.hall_lamp: 0 s}}\n"
REPAIR = ("doctor", "--repair")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of a household, in which the command runs."""
    for name, text in (("house.yaml", HOUSE), ("policy.yaml", POLICY), ("config.yaml", CONFIG)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def texts(home: Path) -> tuple[str, str]:
    return (home / "policy.yaml").read_text(), (home / "config.yaml").read_text()


def test_the_mapping_the_diff_and_what_is_allowed_then_are_printed(claw: Cli, home: Path) -> None:
    said = claw(*REPAIR)
    lines = said.out.splitlines()
    assert said.code == 0
    assert lines[0].startswith("light.hall_lamp → light.hall_lamp_new  both are a light; both are called hall lamp; it")
    assert "-  - {id: lamp, allow: light.*, on: {entity: light.hall_lamp}}" in lines
    assert "+routines: {hands: {light.hall_lamp_new: 0 s}}" in lines
    assert "newly allowed" in said.out
    apply = f"claw doctor --repair --apply --state-dir {home} --config config.yaml"
    assert lines[-1] == f"Nothing was changed. To do all of it: {apply}"
    assert texts(home) == (POLICY, CONFIG)


def test_what_is_asked_comes_with_the_words_that_answer_it(claw: Cli, home: Path) -> None:
    (home / "policy.yaml").write_text(POLICY.replace("hall_lamp", "hall"))
    (home / "house.yaml").write_text(
        HOUSE.replace("light.porch, name: Porch", "light.hall_spot, name: Hall, area: hall")
    )
    said = claw(*REPAIR)
    assert said.code == 1
    assert "→ --replace light.hall=light.hall_lamp_new" in said.out
    assert "Nothing can be written like this" in said.err
    says = ("--replace", "light.hall=light.hall_spot", "--replace", "light.hall_lamp=light.hall_lamp_new")
    said = claw(*REPAIR, *says)
    assert said.code == 0
    assert said.out.rstrip().endswith(" ".join(says))


def test_where_nothing_is_gone_it_says_so(claw: Cli, home: Path) -> None:
    (home / "policy.yaml").write_text(POLICY.replace("light.hall_lamp", "light.porch"))
    (home / "config.yaml").write_text(CONFIG.replace("light.hall_lamp", "light.porch"))
    said = claw(*REPAIR)
    assert (said.code, said.out.splitlines()[0]) == (0, "Nothing is named that the house does not have.")


def test_a_widening_is_refused_even_with_yes(claw: Cli, home: Path) -> None:
    shut = "  - {id: shut, deny: light.*, on: {entity: [light.hall_lam?, light.porch]}}\n"
    (home / "policy.yaml").write_text(POLICY + shut)
    said = claw(*REPAIR, "--apply", "--yes")
    assert said.code == 3
    assert "more than what is gone was let do:" in said.out
    assert "never lets anything do more than before" in said.err
    assert texts(home) == (POLICY + shut, CONFIG)


def test_a_person_is_asked_and_no_means_no(claw: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_repair.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: False)
    assert claw(*REPAIR, "--apply").code == 3
    assert texts(home) == (POLICY, CONFIG)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: True)
    said = claw(*REPAIR, "--apply")
    assert said.code == 0
    assert "Start the daemon again" in said.out
    assert texts(home) == tuple(text.replace("hall_lamp", "hall_lamp_new") for text in (POLICY, CONFIG))


def test_where_the_daemon_does_not_take_it_both_files_are_as_they_were(
    claw: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        assert texts(home) != (POLICY, CONFIG)
        raise Refused("the daemon does not take it")

    monkeypatch.setattr(policy_change, "in_force", refuse)
    assert claw(*REPAIR, "--apply", "--yes").code == 3
    assert texts(home) == (POLICY, CONFIG)


def test_what_cannot_be_looked_at_is_refused(claw: Cli, home: Path) -> None:
    (home / "config.yaml").write_text("house: {url: 'http://127.0.0.1:1'}\n")
    said = claw(*REPAIR)
    assert (said.code, "the house is not known" in said.err) == (3, True)
    (home / "config.yaml").unlink()
    said = claw(*REPAIR)
    assert (said.code, "which house" in said.err) == (3, True)


def test_a_changed_skill_is_proved_as_it_would_be(claw: Cli, home: Path) -> None:
    place = shipped()
    assert place is not None
    own = home / "skills" / "energy-check"
    shutil.copytree(place / "energy-check", own)
    with (own / "SKILL.md").open("a") as prose:
        prose.write("\nIt leaves light.hall_lamp alone.\n")
    (home / "skills" / "broken").mkdir()
    (home / "skills" / "broken" / "program.py").write_text('turn_on("light.hall_lamp")\x85\x1b[2J[red]\n')
    said = claw(*REPAIR)
    assert "\x1b" not in said.out
    assert "-turn_on" in said.out
    said = claw(*REPAIR, "--json")
    found = json.loads(said.out)
    assert said.code == 1
    assert [(row["name"], row["green"]) for row in found["proofs"]] == [("broken", False), ("energy-check", True)]
    assert "+It leaves light.hall_lamp_new alone." in found["diff"]
    commands = [command for row in found["todo"] for command in row["commands"]]
    assert commands.pop() == f"claw skills export broken ./broken --state-dir {home}"
    proves = f"claw skills prove energy-check --keep --state-dir {home}"
    assert commands == [f"{proves} && claw skills accept energy-check --state-dir {home}"]
