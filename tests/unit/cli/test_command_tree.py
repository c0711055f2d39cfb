"""The tree of commands is the command line's own: nothing missing, nothing hidden shown."""

from pathlib import Path
from typing import Annotated

import typer

from claw.cli.command_tree import Taken, tree
from claw.cli.commands import EXAMPLES, build


def small() -> typer.Typer:
    app = typer.Typer(help="A small one.", add_completion=False)
    inner = typer.Typer(help="Below. More of it.")

    @inner.command(epilog="Example: small below look a.txt")
    def look(
        what: Annotated[Path, typer.Argument(help="Which file.")],
        into: Annotated[Path | None, typer.Option("--into", "-i", help="A folder.")] = None,
        often: Annotated[int, typer.Option("--often", metavar="N", help="How often.")] = 1,
        loud: Annotated[bool, typer.Option("--loud/--quiet", help="Say ``so``.")] = False,
    ) -> None:
        """Look at it.  And more:

        once again.
        """

    @inner.command(hidden=True)
    def secret() -> None:
        """Not shown."""

    app.add_typer(inner, name="below")
    return app


def test_a_command_is_told_with_all_that_it_takes() -> None:
    claw = tree(typer.main.get_command(small()), ("small",))
    (below,) = claw.inner
    (look,) = below.inner
    assert (claw.runs, below.runs, look.runs) == (False, False, True)
    assert below.short == "Below"
    assert (look.path, look.name, look.short) == (("small", "below", "look"), "look", "Look at it")
    assert look.example == "small below look a.txt"
    assert look.arguments == (Taken(("WHAT",), "Which file.", "WHAT", file=True, required=True),)
    assert look.options == (
        Taken(("--into", "-i"), "A folder.", "INTO", file=True),
        Taken(("--often",), "How often.", "N"),
        Taken(("--loud", "--quiet"), "Say `so`."),
    )


def test_a_walk_meets_each_before_what_is_below_it() -> None:
    claw = tree(typer.main.get_command(small()), ("small",))
    assert [each.path for each in claw.walk()] == [("small",), ("small", "below"), ("small", "below", "look")]


def test_every_command_of_claw_is_in_it_and_says_what_it_is_for() -> None:
    claw = tree(typer.main.get_command(build()))
    names = {each.name for each in claw.inner}
    assert {command.__name__ for command, _ in EXAMPLES} <= names
    assert not [each.path for each in claw.walk() if not each.short or "\n" in each.short]
    assert not [each.path for each in claw.walk() if each.runs and each is not claw and not each.example]
