"""What a person changed stays, and what is newly proposed comes where they did not."""

from random import Random

import pytest

from claw.care.init_merge import Merged, difference, merge

BASE = "a\nb\nc\nd\ne\n"


@pytest.mark.parametrize(
    ("mine", "proposed", "text", "left_out"),
    [
        (BASE, "a\nb\nX\nd\ne\n", "a\nb\nX\nd\ne\n", ()),
        ("a\nMINE\nc\nd\ne\n", BASE, "a\nMINE\nc\nd\ne\n", ()),
        ("a\nMINE\nc\nd\ne\n", "a\nb\nc\nd\nNEW\n", "a\nMINE\nc\nd\nNEW\n", ()),
        ("a\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\n", "a\nc\nd\ne\nf\n", ()),
        ("a\nb\nc\nMINE\nd\ne\n", "b\nc\nd\ne\n", "b\nc\nMINE\nd\ne\n", ()),
        ("a\nMINE\nc\nd\ne\n", "a\nNEW\nc\nd\ne\n", "a\nMINE\nc\nd\ne\n", ("NEW\n",)),
        ("a\nMINE\nc\nd\ne\n", "a\nc\nd\ne\n", "a\nMINE\nc\nd\ne\n", ()),
        ("a\nSAME\nc\nd\ne\n", "a\nSAME\nc\nd\nf\n", "a\nSAME\nc\nd\nf\n", ()),
        ("", "a\nb\nc\nd\ne\nf\n", "", ("a\nb\nc\nd\ne\nf\n",)),
        ("wholly\nanother\n", "a\nb\nc\nd\ne\nf\n", "wholly\nanother\n", ("a\nb\nc\nd\ne\nf\n",)),
        ("a\nb\nc\nd\ne", "a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\ne", ("e\nf\n",)),
    ],
)
def test_both_sides_come_together(mine: str, proposed: str, text: str, left_out: tuple[str, ...]) -> None:
    assert merge(BASE, mine, proposed) == Merged(text, left_out)


@pytest.mark.parametrize("seed", range(60))
def test_no_line_of_a_persons_is_ever_lost(seed: int) -> None:
    random = Random(seed)
    base = [f"line {random.randint(0, 6)}\n" for _ in range(random.randint(0, 30))]

    def changed(who: str) -> list[str]:
        found: list[str] = []
        for line in base:
            chance = random.random()
            if chance < 0.1:
                found.append(f"{who} {random.random()}\n")
            elif chance < 0.9:
                found.append(line)
        return found

    mine, new = changed("mine"), changed("new")
    merged = merge("".join(base), "".join(mine), "".join(new))
    result = merged.text.splitlines(keepends=True)
    assert [line for line in result if line.startswith("mine")] == [line for line in mine if line.startswith("mine")]
    lost = "".join(merged.left_out)
    assert all(line in result or line in lost for line in new if line.startswith("new"))
    assert merge("".join(base), "".join(base), "".join(new)).text == "".join(new)
    assert merge("".join(base), "".join(mine), "".join(base)).text == "".join(mine)


def test_a_difference_is_shown_line_by_line() -> None:
    assert difference("a\n", "a\n", "x") == ""
    assert difference("a\nb", "a\nc\n", "x").splitlines() == [
        "--- x",
        "+++ x (proposed)",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]
