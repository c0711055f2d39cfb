"""The policy from the command line: is the file right, and what does it say about this."""

import json
from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Json
from claw.base.config import read_config
from claw.cli import show
from claw.cli.options import CONFIG, AsJson, ConfigFile, StateDir, client

commands = typer.Typer(no_args_is_help=True, help="Check the policy, and ask what it says.")


@commands.command(epilog="Example: claw policy check policy.yaml --house house.yaml")
def check(
    file: Annotated[Path | None, typer.Argument(help="A policy file; without it, the daemon's policy.")] = None,
    house: Annotated[Path | None, typer.Option(help="Hold the file against this house file.")] = None,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is wrong or odd about a policy: its tests, rules that never apply, risky things left open."""
    rows: list[dict[str, Json]]
    rows = client(state_dir).ask("policy_check") if file is None else _offline(file, house, config)
    show.show(rows, as_json=as_json, human=show.findings)
    raise typer.Exit(1 if any(row["level"] == "error" for row in rows) else 0)


def _offline(file: Path, house: Path | None, config: Path) -> list[dict[str, Json]]:
    """Check a file without a daemon; its rooms are imported here because asking a daemon needs none of them."""
    from claw.daemon.declared import people_of, services_of  # noqa: PLC0415  see above
    from claw.house.file import load_house  # noqa: PLC0415  see above
    from claw.house.services import CATALOGUE  # noqa: PLC0415  see above
    from claw.policy.load import load_policy  # noqa: PLC0415  see above
    from claw.policy.people import People  # noqa: PLC0415  see above
    from claw.policy.review import check as review  # noqa: PLC0415  see above

    known = load_house(house) if house else None
    people, actions = People(()), set(CATALOGUE)
    if config.exists():
        settings = read_config(config)
        people, actions = people_of(settings, known), {*actions, *services_of(settings)}
    policy = load_policy(file, people, known.registry if known else None, actions)
    found = review(policy, known.registry, actions) if known else []
    return [{"level": one.level, "rule": one.rule, "text": one.text} for one in found]


@commands.command(epilog="Example: claw policy explain lock.unlock lock.front_door --person anna --channel web")
def explain(
    action: Annotated[str, typer.Argument(help="Such as light.turn_on.")],
    entities: Annotated[list[str] | None, typer.Argument(help="Entity ids.")] = None,
    data: Annotated[str, typer.Option(help='Service data as JSON, such as {"brightness_pct": 40}.')] = "{}",
    person: Annotated[str, typer.Option(help="As this person.")] = "",
    channel: Annotated[str, typer.Option(help="Through this channel.")] = "",
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell which rule would decide about an action, why, and what the nearest other rule lacked."""
    try:
        values = json.loads(data)
    except ValueError as error:
        raise typer.BadParameter(f"it is not JSON: {error}", param_hint="--data") from error
    if not isinstance(values, dict):
        raise typer.BadParameter("it is no JSON object", param_hint="--data")
    answer = client(state_dir).ask(
        "policy_explain", action=action, entities=entities or [], data=values, person=person or None, channel=channel
    )
    show.show(answer, as_json=as_json, human=show.explanation)
