"""Skills as a person reads them in a terminal: what each may do first, then how far it is trusted and why."""

from collections.abc import Mapping
from datetime import datetime

from claw.base.action import Json
from claw.cli import show

STATE_STYLE = {
    "trusted": "green",
    "stale": "green",
    "shadow": "yellow",
    "tested": "yellow",
    "draft": "dim",
    "retired": "dim",
    "broken": "red",
}
STATE = {
    "draft": "a draft: it runs for nobody",
    "tested": "proved; it waits for a yes, or to agree with what is really done",
    "shadow": "runs dry beside the normal way until it has agreed three times, or an owner says yes",
    "trusted": "runs",
    "stale": "runs; it was not used for long",
    "retired": "laid aside",
    "broken": "cannot be read as a skill",
}
MADE = {
    "shipped": "comes with Claw",
    "learned": "learned from requests",
    "shown": "learned by watching",
    "imported": "brought from a folder",
    "written": "written by hand",
}


def listed(rows: Json) -> None:
    """Print skills, a line each and what they may do below."""
    if not rows:
        show.out.print("There are no skills that you may know of.")
    for row in rows:
        state = row["state"] if row.get("enabled", True) else "off"
        style = STATE_STYLE.get(state, "red")
        version = f" [dim]{show.safe(row['version'])}[/]" if row.get("version") else ""
        show.out.print(f"[bold]{show.safe(row['name'])}[/]{version}  [{style}]{show.safe(state)}[/]", soft_wrap=True)
        about = row["why"] if state == "broken" else row["short"]
        show.out.print(f"  [dim]{show.safe(about)}[/]", soft_wrap=True)


def one(told: Mapping[str, Json], *, program: bool) -> None:
    """Print one skill with all that it may do."""
    style = STATE_STYLE.get(told["state"], "red")
    show.out.print(f"[bold]{show.safe(told['title'])}[/] {show.safe(told['version'])}", soft_wrap=True)
    show.out.print(f"  {show.safe(told['description'])}", soft_wrap=True)
    state = STATE[told["state"]] if told["enabled"] else "turned off"
    why = f" ({show.safe(told['why'])})" if told["why"] else ""
    show.out.print(f"[{style}]{state}[/]{why}", soft_wrap=True)
    show.out.print(f"[dim]{show.safe(_from(told))}[/]", soft_wrap=True)
    for code, phrases in told["phrases"].items():
        show.out.print(f"said as {show.safe(' · '.join(phrases))} [dim]{show.safe(code)}[/]", soft_wrap=True)
    for right in told["may"]:
        mark = "[bold red]risky[/] " if right["risky"] else ""
        show.out.print(f"may     {mark}{show.safe(right['text'])}", soft_wrap=True)
    if not told["may"]:
        show.out.print("may     do nothing")
    for word, key in (
        ("reads", "reads"),
        ("takes", "takes"),
        ("only if", "before"),
        ("then", "after"),
        ("when", "when"),
    ):
        _lines(word, told[key])
    for key in ("asks", "limits", "undo"):
        show.out.print(f"        {show.safe(told[key])}", soft_wrap=True)
    for problem in told["problems"]:
        show.out.print(f"[red]problem[/] {show.safe(problem)}", soft_wrap=True)
    for version in told["versions"]:
        proved = {True: "proved", False: "[red]not proved[/]", None: "not proved here"}[version["proved"]]
        now = "  [bold]present[/]" if version["present"] else ""
        where = f"[dim]{show.safe(version['hash'][:12])} {_day(version['created'])}[/]"
        show.out.print(f"version {show.safe(version['version'])}  {proved}  {where}{now}", soft_wrap=True)
    for text in (told["program"], told["prose"]) if program else ():
        show.out.print()
        for line in text.split("\n"):
            show.out.print(show.code(line), soft_wrap=True)


def _from(told: Mapping[str, Json]) -> str:
    """Return in one line where a skill comes from and whose it is."""
    parts = [MADE[told["made"]]]
    if told["people"]:
        parts.append(f"of {', '.join(told['people'])}")
    if told["accepted_by"]:
        parts.append(f"accepted by {told['accepted_by']} on {_day(told['accepted_at'])}")
    if told["visibility"] != "household":
        parts.append(f"for {told['visibility']} only")
    if told["last_run"]:
        parts.append(f"last run on {_day(told['last_run'])}")
    return " · ".join(parts)


def compared(told: Mapping[str, Json]) -> None:
    """Print how two versions differ."""
    show.out.print(
        f"[bold]{show.safe(told['old']['version'])} → {show.safe(told['new']['version'])}[/]", soft_wrap=True
    )
    for mark, style, key in (("+", "yellow", "more"), ("-", "green", "less")):
        for line in told[key]:
            show.out.print(f"[{style}]{mark} {show.safe(line)}[/]", soft_wrap=True)
    if not told["more"] and not told["less"]:
        show.out.print("It may do what it might do before.")
    for file in told["files"]:
        show.out.print(f"[bold]{show.safe(file['path'])}[/]{'' if file['lines'] else ' (words of somebody else)'}")
        for line in file["lines"]:
            style = {"+": "yellow", "-": "green"}.get(line[:1], "dim")
            show.out.print(f"[{style}]{show.safe(line[:1])}{show.code(line[1:])}[/]", soft_wrap=True)


def past(told: Mapping[str, Json]) -> None:
    """Print the steps of a skill's life and its runs."""
    if not told["events"] and not told["runs"]:
        show.out.print("Nothing was written about it yet.")
    for event in told["events"]:
        who = f" by {show.safe(event['person'])}" if event["person"] else ""
        entry = f"  [dim]claw why {event['entry']}[/]" if event["entry"] else ""
        said = f"{show.safe(event['version'])} [bold]{show.safe(event['what'])}[/]{who}"
        why = f": {show.safe(event['why'])}" if event["why"] else ""
        show.out.print(f"{_moment(event['at'])}  {said}{why}{entry}", soft_wrap=True)
    for run in told["runs"]:
        show.out.print(f"{_moment(run['at'])}  [dim]{show.safe(_run(run))}[/]", soft_wrap=True)


def _run(run: Mapping[str, Json]) -> str:
    parts = ["ran" if run["mode"] == "real" else "ran dry", f"for {run['person'] or 'somebody'}", run["outcome"]]
    if run["said"]:
        parts.append(f"“{run['said']}”")
    if run["held"] is False:
        parts.append("what should be so afterwards was not")
    if run["undone"]:
        parts.append("taken back")
    return " · ".join([*parts, f"{run['ms']:g} ms"])


def _lines(word: str, lines: Json) -> None:
    for line in lines:
        show.out.print(f"{word:<7} {show.safe(line)}", soft_wrap=True)


def _day(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d}" if moment else ""


def _moment(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}" if moment else " " * 16
