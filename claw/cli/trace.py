"""Everything about one request, as a tree: asked, judged, answered, done, seen.  Needs no daemon."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claw.audit.entries import Entries
from claw.base.action import Json
from claw.base.errors import Refused
from claw.channels.shown import shown
from claw.cli import show
from claw.cli.client import NoDaemon
from claw.cli.options import AsJson, StateDir, client, directory
from claw.gate import trace as log_trace

if TYPE_CHECKING:
    from rich.tree import Tree


def trace(
    seq: Annotated[int, typer.Argument(help="The number of a log entry.", min=1)],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything about the request of a log entry: said, decided, answered, done, seen, and how long it took."""
    try:
        answer = client(state_dir).ask("trace", seq=seq)
    except NoDaemon:
        path = directory(state_dir) / "audit.db"
        if not path.exists():
            raise Refused(f"there is no log at {path}") from None
        entries = Entries(path)
        try:
            answer = shown(log_trace.trace(seq, entries))
        finally:
            entries.close()
    show.show(answer, as_json=as_json, human=_tree)


def _tree(answer: Mapping[str, Json]) -> None:
    from rich.tree import Tree  # noqa: PLC0415  only where one is drawn

    origin = answer["origin"] or {}
    who = origin.get("person") or "nobody known"
    tree = Tree(
        f"[bold]entry {answer['root']}[/] {_clock(answer['time'])}, {show.safe(who)} by {_safe(origin, 'channel')}"
    )
    if answer["erased"]:
        tree.add("[yellow]what it held was erased[/]")
    if answer["said"]:
        tree.add(f"said [italic]{show.safe(answer['said'])}[/]")
    for source in origin.get("taint") or ():
        tree.add(f"[yellow]influenced by {show.safe(source)}[/]")
    tree.add(_model(answer["prompt"]))
    if answer["policy"]:
        tree.add(f"policy {show.safe(answer['policy'][:16])}")
    if answer["undoes"]:
        tree.add(f"takes back {', '.join(map(str, answer['undoes']))}")
    for one in answer["asked_for"]:
        tree.add(f"asked for {_action(one['action'])}  [dim]rule {show.safe(str(one['rule']))}[/]")
    for refusal in answer["refusals"]:
        tree.add(f"[red]refused[/] ({refusal['seq']}) {show.safe(str(refusal['why']))}")
    if answer["question"]:
        tree.add(f"question ({answer['question']['seq']}) {show.safe(str(answer['question']['question']))}")
        tree.add(_answered(answer["answer"]))
    _program(tree, answer)
    for act in answer["acts"]:
        _act(tree, act)
    show.out.print(tree)


def _model(prompt: Mapping[str, Json] | None) -> str:
    if prompt is None:
        return "no model was asked"
    by = f"written by {show.safe(str(prompt['model']))} from the prompt {show.safe(prompt['sha256'][:16])}"
    timings = ", ".join(f"{show.safe(stage)} {ms:g} ms" for stage, ms in prompt["timings"].items())
    return f"{by} [dim]entry {prompt['seq']}; {timings}[/]" if prompt["seq"] else by


def _program(tree: "Tree", answer: Mapping[str, Json]) -> None:
    """Show the program, under each line what it called, what the rehearsal showed and what was seen."""
    if not answer["program"]:
        return
    branch = tree.add(f"program {show.safe(str(answer['run']))}")
    for line in answer["program"]:
        below = branch.add(f"[dim]{line['line']:>3}[/] {show.code(line['source'])}")
        for call in line["calls"]:
            times = f" {call['times']} times" if call["times"] > 1 else ""
            led_to = f" → {', '.join(map(str, call['entries']))}" if call["entries"] else ""
            below.add(f"[dim]called {show.safe(call['call'])}{times}{led_to}[/]")
        for action in line["rehearsed"]:
            below.add(f"[dim]rehearsed {_action(action)}[/]")
        for thing in line["things"]:
            _thing(below, thing)
    ended = answer["ended"]
    if ended is None:
        branch.add("[yellow]it has not ended[/]")
    elif ended["how"] != "ended":
        branch.add(f"[red]{show.safe(str(ended['how']))}[/] {show.safe(str(ended['why'] or ''))}")


def _answered(answer: Mapping[str, Json] | None) -> str:
    if answer is None:
        return "[yellow]nobody has answered[/]"
    said = "[green]yes[/]" if answer["yes"] else "[red]no[/]"
    by: Mapping[str, Any] = answer["by"] or {}
    return f"answer ({answer['seq']}) {said} by {_safe(by, 'person')}, {_safe(by, 'channel')}, {_clock(answer['time'])}"


def _act(tree: "Tree", act: Mapping[str, Json]) -> None:
    branch = tree.add(
        f"[bold]{act['seq']}[/] {_action(act['action'])}  [dim]{show.safe(str(act['effect']))} by "
        f"{show.safe(str(act['rule']))}, {_clock(act['time'])}[/]"
    )
    for thing in act["things"]:
        _thing(branch, thing)
    for outcome in act["outcomes"]:
        timings = ", ".join(f"{show.safe(stage)} {ms:g} ms" for stage, ms in outcome["timings"].items())
        detail = f": {show.safe(outcome['detail'])}" if outcome["detail"] else ""
        branch.add(f"({outcome['seq']}) [bold]{show.safe(str(outcome['status']))}[/]{detail}  [dim]{timings}[/]")
    if not act["outcomes"]:
        branch.add("[red]nobody knows what came of it[/]")


def _thing(branch: "Tree", thing: Mapping[str, Json]) -> None:
    style = {True: "green", False: "red"}.get(thing["agrees"], "default")
    rehearsed = _state(thing["rehearsed"], thing["rehearsed_attributes"])
    seen = _state(thing["seen"], thing["seen_attributes"])
    branch.add(
        f"{show.safe(thing['entity'])}: {_state(thing['before'], thing['prior'])} → [{style}]{seen}[/] "
        f"[dim]rehearsed {rehearsed}; {show.safe(str(thing['status']))}{', by us' if thing['ours'] else ''}[/]"
    )


def _action(action: Mapping[str, Json]) -> str:
    data = " ".join(f"{key}={value}" for key, value in action["data"].items())
    return show.safe(f"{action['name']} {', '.join(action['entities'])} {data}".strip())


def _state(value: Json, attributes: Mapping[str, Json]) -> str:
    figures = " ".join(f"{key}={one}" for key, one in attributes.items() if one is not None)
    return show.safe(f"{'?' if value is None else value}{f' ({figures})' if figures else ''}")


def _safe(origin: Mapping[str, Json], key: str) -> str:
    return show.safe(str(origin.get(key) or "nobody known"))


def _clock(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
