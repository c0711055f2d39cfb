import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ATTACKS = tomllib.loads(Path(__file__).with_name("attacks.toml").read_text(encoding="utf-8"))
HELD = [(room, attack) for room, attacks in ATTACKS.items() if room != "later" for attack in attacks]


@cache
def _tests(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return frozenset(node.name for node in functions)


@pytest.mark.parametrize(("room", "attack"), HELD, ids=[f"{room}: {attack}" for room, attack in HELD])
def test_every_known_attack_has_a_test_that_is_there(room: str, attack: str) -> None:
    named = ATTACKS[room][attack]
    assert named, "nothing holds it"
    for test in named:
        path, name = test.split("::")
        assert name in _tests(path), test


def test_what_is_left_for_later_says_what_it_waits_for() -> None:
    assert all(isinstance(what, str) and what for what in ATTACKS["later"].values())
