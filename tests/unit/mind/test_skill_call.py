import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.mind.skill_call import LONGEST, Called, called


@pytest.mark.parametrize(
    ("source", "name", "given_"),
    [
        ('run_skill("movie-time")', "movie-time", {}),
        ('await run_skill("movie-time", area="den", level=40)', "movie-time", {"area": "den", "level": 40}),
        ('\n  run_skill(\n "x", a=-1.5, b=True, c="it\'s")\n', "x", {"a": -1.5, "b": True, "c": "it's"}),
    ],
)
def test_one_call_with_literals_is_a_skill(source: str, name: str, given_: dict[str, object]) -> None:
    found = called(source)
    assert found == Called(name, given_)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "1 + 1",
        'call("light.turn_on", "light.a")',
        'run_skill("a")\nrun_skill("b")',
        'x = run_skill("a")',
        'if True:\n    run_skill("a")',
        "run_skill(name)",
        'run_skill("a", "b")',
        "run_skill()",
        "run_skill(3)",
        'run_skill("a", level=1 + 1)',
        'run_skill("a", level=state("light.a"))',
        'run_skill("a", **{"level": 1})',
        'run_skill("a", *["b"])',
        'run_skill("a", level=None)',
        'run_skill("a", level=-True)',
        'run_skill("a", level=[1])',
        'run_skill(f"a{1}")',
        'x.run_skill("a")',
        'run_skill("a"',
        'run_skill("a", note="' + "x" * LONGEST + '")',
    ],
)
def test_anything_else_is_a_program(source: str) -> None:
    assert called(source) is None


@given(st.text(max_size=200))
def test_no_text_breaks_it(source: str) -> None:
    called(source)
    called(f"run_skill({source})")
