"""What docs/routines.md tells people to write is what is read: its file, its commands, each short form of its table."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from claw.routines.spec import Spec
from claw.routines.when import triggers_of
from claw.routines.written import read_spec

GUIDE = (Path(__file__).parents[3] / "docs" / "routines.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", GUIDE, re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines() if "--do" in line]
ROWS = [row for row in re.findall(r"^\| [^|]+ \|([^|]*)\|([^|]*)\|$", GUIDE, re.MULTILINE) if "`{" in row[1]]


def test_the_file_of_the_guide_is_one_and_says_all_there_is() -> None:
    (written,) = (yaml.safe_load(block) for _, block in BLOCKS if block.startswith("name:"))
    spec = read_spec(written, NOW)
    assert spec.model_fields_set == set(Spec.model_fields) - {"kind"}


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_guide_is_a_routine(line: str) -> None:
    words = shlex.split(line)
    values = {key: words[words.index(f"--{key}") + 1] for key in ("when", "do")}
    assert read_spec({"name": "x", **values}, NOW).when


def test_there_are_commands_and_rows_to_look_at() -> None:
    assert (len(COMMANDS), len(ROWS)) == (2, 10)


@pytest.mark.parametrize(("short", "full"), ROWS)
def test_what_the_table_says_is_the_same_twice(short: str, full: str) -> None:
    kinds = set()
    for form in re.findall(r"`(\{[^`]*\})`", full):
        (trigger,) = read_spec({"name": "x", "when": yaml.safe_load(form), "do": {"say": "x"}}, NOW).when
        kinds.add(type(trigger))
    for form in re.findall(r"`([^`]+)`", short):
        kinds.update(type(one) for one in triggers_of(form, NOW))
    assert len(kinds) == 1, (short, full)


def test_the_limits_that_it_names_are_the_limits() -> None:
    from claw.routines import making, spec  # noqa: PLC0415  where the figures stand

    assert f"There may be {making.MOST} routines in a home, {making.MOST_OF_ONE} of one person" in GUIDE
    assert f"{making.MOST_OF_A_ROOM} that\nwere made in one room" in GUIDE
    assert (spec.MOST_TRIGGERS, spec.MOST_STEPS) == (10, 10)
