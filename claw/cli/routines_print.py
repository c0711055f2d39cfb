"""Routines as a person reads them in a terminal: when each is due, what it does, how it stands and why."""

from collections.abc import Mapping, Sequence

from claw.base.action import Json
from claw.cli import show

STATE_STYLE = {
    "on": "green",
    "shadow": "yellow",
    "waiting": "yellow",
    "paused": "yellow",
    "suspended": "red",
    "over": "dim",
    "removed": "dim",
}
STATE = {
    "on": "on",
    "shadow": "runs dry",
    "waiting": "waits for a yes",
    "paused": "paused",
    "suspended": "suspended",
    "over": "over",
    "removed": "removed",
}
STATUS_STYLE = {
    "done": "green",
    "running": "yellow",
    "asked": "yellow",
    "shadow": "yellow",
    "failed": "red",
    "refused": "red",
    "missed": "red",
    "unknown": "red",
    "held": "magenta",
    "skipped": "dim",
    "replaced": "dim",
}


def listed(rows: Sequence[Mapping[str, Json]]) -> None:
    """Print routines: what each is called and how it stands, and below when, what and when next."""
    if not rows:
        show.out.print("There are no routines that you may know of.")
    for row in rows:
        line(row)


def line(row: Mapping[str, Json]) -> None:
    """Print one routine in three lines."""
    style = STATE_STYLE.get(row["state"], "red")
    why = f" [dim]({show.safe(row['why'])})[/]" if row["why"] else ""
    state = f"[{style}]{STATE.get(row['state'], show.safe(row['state']))}[/]{why}"
    show.out.print(f"[bold]{show.safe(row['name'])}[/] [dim]{show.safe(row['id'])}[/]  {state}", soft_wrap=True)
    show.out.print(f"  {show.safe(sentence(row))}", soft_wrap=True)
    show.out.print(f"  [dim]{show.safe(' · '.join(_about(row)))}[/]", soft_wrap=True)


def sentence(row: Mapping[str, Json]) -> str:
    """Return when and what, in one sentence."""
    return f"{' or '.join(row['when'])}: {', then '.join(row['does'])}"


def one(told: Mapping[str, Json]) -> None:
    """Print one routine with its rules and its last runs."""
    line(told)
    for rule in told["rules"]:
        show.out.print(f"  {show.safe(rule)}", soft_wrap=True)
    if told["tainted"]:
        show.out.print(f"  [yellow]influenced by {show.safe(', '.join(told['tainted']))}[/]", soft_wrap=True)
    if told["entry"]:
        show.out.print(f"  [dim]claw why {told['entry']}[/]")
    if told["history"]:
        show.out.print()
        past(told["history"])


def due(rows: Sequence[Mapping[str, Json]]) -> None:
    """Print the firings that are to come."""
    if not rows:
        show.out.print("Nothing is due by the clock.")
    for row in rows:
        dry = "  [yellow]dry[/]" if row["state"] == "shadow" else ""
        name = f"{show.safe(row['name'])} [dim]{show.safe(row['routine'])}[/]"
        show.out.print(f"{_wall(row)}  [dim]{show.safe(row['said'])}[/]  {name}{dry}", soft_wrap=True)


def past(rows: Sequence[Mapping[str, Json]]) -> None:
    """Print the history, a line for each row, and what a dry run would have done below."""
    if not rows:
        show.out.print("Nothing was due yet.")
    for row in rows:
        style = STATUS_STYLE.get(row["status"], "red")
        name = f"{show.safe(row['name'])} [dim]{show.safe(row['routine'])}[/]"
        said = "; ".join(_ran(row))
        show.out.print(
            f"{_wall(row['due'])}  [{style}]{show.safe(row['status']):<8}[/] {name}  {show.safe(said)}", soft_wrap=True
        )
        for would in row["would"]:
            show.out.print(f"{'':27}[yellow]would {show.safe(would)}[/]", soft_wrap=True)


def came(answer: Mapping[str, Json]) -> None:
    """Print what came of a change, and how to answer what it asks."""
    style = show.STATUS_STYLE[answer["status"]]
    ask = f"  [dim]claw approve {show.safe(answer['ask'])}[/]" if answer.get("ask") else ""
    show.out.print(f"[{style}]{show.safe(answer['text'] or answer['status'])}[/]{ask}", soft_wrap=True)
    for warning in answer.get("warnings", ()):
        show.out.print(f"  [yellow]{show.safe(warning)}[/]", soft_wrap=True)
    for would in answer.get("would", ()):
        show.out.print(f"  {show.safe(would)}", soft_wrap=True)


def exported(answer: Mapping[str, Json]) -> None:
    """Print an automation as the file it is to become."""
    for text in answer["yaml"].rstrip("\n").split("\n"):
        show.out.print(show.code(text), soft_wrap=True)


def _about(row: Mapping[str, Json]) -> list[str]:
    parts = []
    if row["next"]:
        parts.append(f"next {', '.join(moment['said'] for moment in row['next'])}")
    elif row["fires"]:
        parts.append("waits for what sets it off" if row["by_event"] else "nothing is due any more")
    parts.append("yours" if row["mine"] else f"of {row['made_by']}")
    if row["adopted_by"]:
        parts.append(f"adopted by {row['adopted_by']}")
    if row["shadow_left"]:
        parts.append(f"{row['shadow_left']} dry runs to come")
    if row["expires"]:
        parts.append(f"ends {row['expires']['said']}")
    if row["skips"]:
        parts.append(f"not on {', '.join(row['skips'])}")
    last = f", last {row['last']['said']}" if row["last"] else ""
    return [*parts, f"ran {row['runs']} times{last}"]


def _ran(row: Mapping[str, Json]) -> list[str]:
    parts = [row["reason"].removesuffix(".")] if row["reason"] else []
    if row["times"] > 1:
        until = f" until {_wall(row['until'])}" if row["until"] else ""
        parts.append(f"{row['times']} times{until}")
    if row["late_s"]:
        parts.append(f"{_span(row['late_s'])} late")
    if row["by_hand"]:
        parts.append(f"asked for by {row['by_hand']}")
    if row["cause"]:
        parts.append(row["cause"])
    return parts


def _wall(moment: Mapping[str, Json]) -> str:
    return show.safe(moment["wall"][:16].replace("T", " "))


def _span(seconds: int) -> str:
    minutes, hours = seconds // 60, seconds // 3600
    return f"{hours} h {minutes % 60} min" if hours else f"{max(1, minutes)} min"
