"""The rules of a new home are those of the example file, but for what is exposed."""

from pathlib import Path
from typing import Any

from claw.base.documents import parse_document
from claw.care.init_rules import SECTIONS
from claw.policy.rules import PolicyFile

EXAMPLE = Path(__file__).parents[3] / "policy.example.yaml"
FIGURES = {
    "@WARM@": "{min: 16, max: 25, unit: °C}",
    "@HOT@": "{min: 50, max: 60, unit: °C}",
    "@LOW@": "16 °C",
    "@HIGH@": "25 °C",
}
OWN = {"counting", "counting-by-ear", "mower-home"}
"""Rules that the example has as a part of another: they are about what nobody exposes."""
DIFFERENT = {"comfort", "comfort-by-ear", "robots", "hot-water-far"}


def rules() -> dict[str, dict[str, Any]]:
    text = "".join(part for _, part in SECTIONS)
    for key, value in FIGURES.items():
        text = text.replace(key, value)
    return read(f"version: 1\nrules:\n{text}")


def read(text: str) -> dict[str, dict[str, Any]]:
    file = parse_document(text, "policy.yaml", PolicyFile)
    return {rule.id: rule.model_dump(exclude_unset=True, by_alias=True) for rule in file.rules}


def test_they_are_the_example_but_for_exposure() -> None:
    mine = rules()
    theirs = read(EXAMPLE.read_text(encoding="utf-8"))
    assert mine.keys() - theirs.keys() == OWN
    assert theirs.keys() - mine.keys() == set()
    for name, rule in mine.items():
        if name in OWN | DIFFERENT:
            continue
        on = {key: value for key, value in rule.pop("on", {}).items() if key != "exposed"}
        assert (rule | {"on": on} if on else rule) == theirs[name]


def test_whatever_comfort_is_allowed_is_for_what_is_exposed() -> None:
    mine = rules()
    comfort = (
        "comfort",
        "comfort-by-ear",
        "blinds",
        "blinds-by-ear",
        "robots",
        "heating",
        "heating-modes",
        "hot-water",
    )
    for name in (*comfort, "child", "guest", "help", "own-blinds"):
        assert mine[name]["on"]["exposed"] is True
