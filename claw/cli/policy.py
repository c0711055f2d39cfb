"""The policy from the command line: is the file right, what does it say about this, do its tests hold."""

import json
from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Action, Json, to_json
from claw.cli import policy_change, show
from claw.cli.options import CONFIG, AsJson, ConfigFile, StateDir, client, config_file

commands = typer.Typer(no_args_is_help=True, help="Check the policy, ask what it says, and change it.")

PolicyFile = Annotated[Path | None, typer.Argument(help="A policy file; without it, the daemon's policy.")]
HouseFile = Annotated[Path | None, typer.Option("--house", help="Hold it against this house file.")]


@commands.command(epilog="Example: claw policy check policy.yaml --house house.yaml")
def check(
    file: PolicyFile = None,
    house: HouseFile = None,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is wrong or odd about a policy: its tests, rules that never apply, risky things left open."""
    rows: list[dict[str, Json]]
    if file is None and house is None:
        rows = client(state_dir).ask("policy_check")
    else:
        rows = _offline(file, house, config, state_dir)
    show.show(rows, as_json=as_json, human=show.findings)
    raise typer.Exit(1 if any(row["level"] == "error" for row in rows) else 0)


def _offline(file: Path | None, house: Path | None, config: Path, state_dir: Path | None) -> list[dict[str, Json]]:
    """Check a file here; the rooms are imported where they are needed because asking a daemon needs none of them."""
    from claw.cli.ground import ground  # noqa: PLC0415  see above
    from claw.policy.review import check as review  # noqa: PLC0415  see above

    there = ground(house, config_file(config, state_dir), client(state_dir)).renamed_to_present()
    draft = there.read(file)
    if there.house is None:
        return []
    policy = there.hold(draft)
    found = review(policy, there.house.registry, there.actions, draft.document.value.tests)
    return [{"level": one.level, "rule": one.rule, "text": one.text} for one in found]


@commands.command("test", epilog="Example: claw policy test policy.yaml --house house.yaml")
def run_tests(
    file: PolicyFile = None,
    house: HouseFile = None,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Run the tests that a policy file holds, every one of them."""
    from claw.cli import compared  # noqa: PLC0415  a daemon's question needs none of these rooms
    from claw.cli.ground import ground  # noqa: PLC0415  the same
    from claw.policy.testing import results  # noqa: PLC0415  the same

    there = ground(house, config_file(config, state_dir), client(state_dir))
    there = there.renamed_to_present() if file else there
    draft = there.read(file)
    found = results(draft.document, draft.policy, there.known.registry)
    failed = sum(not one.passed for one in found)
    answer = {"passed": len(found) - failed, "failed": failed, "tests": to_json(found)}
    show.show(answer, as_json=as_json, human=lambda _: compared.tested(draft.name, found, show.out))
    raise typer.Exit(1 if failed else 0)


@commands.command(epilog="Example: claw policy explain lock.unlock lock.front_door --person anna --at 23:00")
def explain(  # noqa: PLR0913, PLR0917  each is an option of the command line
    action: Annotated[str, typer.Argument(help="Such as light.turn_on.")],
    entities: Annotated[list[str] | None, typer.Argument(help="Entity ids.")] = None,
    data: Annotated[str, typer.Option(help='Service data as JSON, such as {"brightness_pct": 40}.')] = "{}",
    person: Annotated[str, typer.Option(help="As this person, signed in.")] = "",
    channel: Annotated[str, typer.Option(help="Through this channel.")] = "",
    place: Annotated[str, typer.Option(help="Standing in this area.")] = "",
    at: Annotated[str, typer.Option(help='At this local time: 23:00, "sat 23:00" or "2026-03-29 02:30".')] = "",
    tainted: Annotated[bool, typer.Option("--tainted", help="Under an influence from outside.")] = False,
    state: Annotated[list[str] | None, typer.Option(help="With this state: entity=value. Repeatable.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="By this policy file.")] = None,
    house: HouseFile = None,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell which rule would decide about an action, why, and what the nearest other rule lacked."""
    values = _object(data)
    if place or at or tainted or state or file or house:
        from claw.cli.ground import ground  # noqa: PLC0415  a daemon's question needs none of these rooms
        from claw.cli.supposed import Supposed, supposed  # noqa: PLC0415  the same

        there = ground(house, config_file(config, state_dir), client(state_dir))
        there = there.renamed_to_present() if file else there
        asked = Supposed(
            Action(action, tuple(entities or ()), values), person, channel, place, at, tainted, state or ()
        )
        answer = supposed(asked, there.read(file), there)
    else:
        answer = client(state_dir).ask(
            "policy_explain",
            action=action,
            entities=entities or [],
            data=values,
            person=person or None,
            channel=channel,
        )
    show.show(answer, as_json=as_json, human=show.explanation)


def _object(text: str) -> dict[str, Json]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"it is not JSON: {error}", param_hint="--data") from error
    if not isinstance(values, dict):
        raise typer.BadParameter("it is no JSON object", param_hint="--data")
    return values


commands.command(epilog="Example: claw policy diff policy.yaml new.yaml --house house.yaml")(policy_change.diff)
commands.command(epilog="Example: claw policy replay new.yaml --days 30")(policy_change.replay)
commands.command(epilog="Example: claw policy apply new.yaml")(policy_change.apply)
