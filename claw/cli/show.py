"""What a person reads in a terminal, and what a program reads instead with ``--json``."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from claw.base.action import Json
from claw.house.text import plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.status import Status


class Screen:
    """A terminal, opened when something is first printed: a daemon prints little, and rich would cost it 2 MB."""

    def __init__(self, *, stderr: bool = False) -> None:
        self._stderr = stderr

    @cached_property
    def _console(self) -> "Console":
        from rich.console import Console  # noqa: PLC0415  see above

        return Console(stderr=self._stderr, highlight=False)

    def print(
        self, what: "RenderableType" = "", *, end: str = "\n", markup: bool = True, soft_wrap: bool = False
    ) -> None:
        """Print text with rich's markup, or anything that rich can draw; with ``soft_wrap`` lines are not broken."""
        self._console.print(what, end=end, markup=markup, soft_wrap=soft_wrap)

    def working(self, text: str) -> "Status":
        """Return a line that moves while it is entered and goes afterwards; nothing where this is no terminal."""
        return self._console.status(f"[dim]{text}[/]")


out = Screen()
err = Screen(stderr=True)

STATUS_STYLE = {
    "done": "green",
    "answered": "default",
    "started": "yellow",
    "pending": "yellow",
    "partial": "yellow",
    "unclear": "yellow",
    "refused": "red",
    "stopped": "bold red",
    "failed": "red",
}

EXIT = {
    "done": 0,
    "started": 0,
    "answered": 0,
    "pending": 0,
    "partial": 1,
    "failed": 1,
    "refused": 3,
    "stopped": 4,
    "unclear": 5,
}

SANDBOX = {
    "bubblewrap": "bubblewrap: programs see no file, no network and no other process",
    "plain": "[yellow]plain[/]: install bubblewrap, and programs see no file, no network and no other process either",
    "none": "[yellow]none for this machine[/]: only the sentences that Claw knows by itself work here",
}


def show(answer: Json, *, as_json: bool, human: Callable[[Json], None], indent: int | None = 2) -> None:
    """Print ``answer`` as one JSON document, on one line where ``indent`` is None, or with ``human``."""
    if as_json:
        out.print(spelled_out(json.dumps(answer, ensure_ascii=False, indent=indent)), markup=False, soft_wrap=True)
    else:
        human(answer)


def reply(answer: Mapping[str, Json], *, by_words: bool = False) -> None:
    """Print a reply, ``by_words`` broken where a terminal is narrow: for who reads it there and copies nothing."""
    out.print(f"[{STATUS_STYLE[answer['status']]}]{safe(answer['text'])}[/]", soft_wrap=not by_words)


def pending(questions: list[dict[str, Json]]) -> None:
    """Print the questions that wait."""
    if not questions:
        out.print("Nothing waits for an answer.")
        return
    for question in questions:
        card(question["card"])


def card(card: Mapping[str, Json], *, headed: bool = True, command: bool = True) -> None:
    """Print a question line by line: risky first, each with the number by which it can be struck out.

    ``headed``: with its id and its words; ``command``: with how ``claw approve`` takes what it offers.
    """
    asker = card["asker"] or "somebody"
    place = f" in {card['place']}" if card["place"] else ""
    first = card["question"].partition("\n")[0]
    who = f"{asker} ({card['channel']}){place}"
    if headed:
        out.print(f"[bold]{safe(card['id'])}[/]  [bold]{safe(first)}[/]", soft_wrap=True)
    out.print(f"  asked by {safe(who)}, until {_clock(card['expires'])}", soft_wrap=True)
    for line in card["lines"]:
        parts = (line["entity"], line["name"], line["area"], line["device_class"])
        what = " ".join(part for part in parts if part) or line["does"]
        change = f"{line['was']} → {line['becomes']}" if line["entity"] else line["becomes"]
        also = " (set off by it)" if line["also"] else ""
        mark = "[bold red]risky[/] " if line["risky"] else ""
        out.print(f"  {line['action'] + 1}. {mark}{safe(what or line['does'])}: {safe(change)}{also}", soft_wrap=True)
    if card["influenced"]:
        out.print(f"  [yellow]influenced by {safe(', '.join(card['influenced']))}[/]", soft_wrap=True)
    if card["rule"]:
        out.print(f"  asked by the rule {safe(card['rule'])}{safe(': ' + card['why'] if card['why'] else '')}")
    if card["choices"] and command:
        out.print(f"  say which number was told: --number {safe(' | '.join(card['choices']))}")
    if card["grant_s"] and command:
        out.print(f"  may hold for up to {card['grant_s'] / 60:g} minutes: --for {card['grant_s'] / 60:g}m")


def status(answer: Mapping[str, Json]) -> None:
    """Print how the daemon is doing."""
    link, stop, audit = answer["link"], answer["stop"], answer["audit"]
    style = "green" if link["ready"] else "red"
    detail = f" ({safe(link['detail'])})" if link["detail"] else ""
    out.print(f"house    [{style}]{safe(link['status'])}[/]{detail}, {answer['entities']} entities")
    if stop["engaged"]:
        where = "only at this console" if stop["local"] else "by an adult on the page, or here"
        by = f" by {safe(stop['by'])}" if stop["by"] else ""
        out.print(f"stop     [bold red]ENGAGED[/]{by}: {safe(stop['reason'])}; reset {where}")
        out.print(f"         {safe(stop.get('unwatched', ''))}", soft_wrap=True)
    else:
        out.print("stop     [green]not engaged[/]")
    if answer["pause"]["paused"]:
        until = f" until {safe(answer['pause']['until'])}" if answer["pause"]["until"] else ""
        out.print(f"pause    [yellow]nothing new is begun{until}[/]: {safe(answer['pause']['reason'])}")
    _stopping(answer["stopping"], answer["drill"])
    holds = "[green]holds[/]" if audit["holds"] else "[red]does not hold[/]"
    lost = f", [red]{audit['lost']} notes could not be written[/]" if audit["lost"] else ""
    out.print(f"log      {audit['entries']} entries, {holds}{lost}")
    _vouched(audit["vouched"])
    out.print(f"waiting  {answer['pending']} questions")
    out.print(f"policy   {safe(answer['policy'][:16])}")
    if answer["policy_problem"]:
        out.print(f"         [red]{safe(answer['policy_problem'])}[/]")
    if answer["policy_notice"]:
        out.print(f"         [yellow]{safe(answer['policy_notice'])}[/]", soft_wrap=True)
    _model(answer["model"])
    out.print(f"sandbox  {SANDBOX.get(answer['sandbox'], safe(str(answer['sandbox'])))}", soft_wrap=True)
    if answer.get("voice"):
        voice(answer["voice"])
    _channels(answer.get("channels", ()))
    for fault in answer.get("degraded", ()):
        since = safe(str(fault["since"])[:16].replace("T", " "))
        out.print(f"[yellow]degraded[/] {safe(fault['part'])} since {since}: {safe(fault['text'])}", soft_wrap=True)


def _channels(channels: Sequence[Mapping[str, Json]]) -> None:
    """Print which further channels are ready, and what each of the others lacks."""
    ready = dict.fromkeys(safe(one["kind"]) for one in channels if one["ready"])
    if channels:
        out.print(f"channels {', '.join(ready) or 'none'}", soft_wrap=True)
    for one in channels:
        if one["detail"]:
            out.print(f"         [red]{safe(one['kind'])}: {safe(one['detail'])}[/]", soft_wrap=True)


def voice(told: Mapping[str, Json]) -> None:
    """Print how the ears do, and how long spoken turns take."""
    server, engine, ears = told["wyoming"], told["transcriber"], told["microphones"]
    parts = [f"Wyoming on {safe(server['address'])}, {server['open']} connections"] if server else []
    parts += [f"{ears['listening']} of {ears['configured']} microphones listen"] if ears["configured"] else []
    out.print(f"voice    {', '.join(parts) or 'no ears'}", soft_wrap=True)
    if engine:
        took = f", half of the clips within {engine['median_ms']} ms" if engine.get("median_ms") is not None else ""
        out.print(f"         text by {safe(engine['engine'])}{took}", soft_wrap=True)
        if engine["problem"]:
            out.print(f"         [red]{safe(engine['problem'])}[/]", soft_wrap=True)
        if "seconds_per_day" in engine:
            out.print(f"         sound sent today: {engine['seconds_today']:,.0f} of {engine['seconds_per_day']:,} s")
    if told["results"]:
        came = ", ".join(f"{safe(name)} {count}" for name, count in told["results"].items())
        out.print(f"         spoken turns: {came}", soft_wrap=True)
    for stage, span in told["stages"].items():
        name = f"to {safe(stage)}"
        out.print(f"         {name:<10} {span['p50_ms']:.0f} ms, of one in twenty {span['p95_ms']:.0f} ms and more")


def _model(model: Mapping[str, Json] | None) -> None:
    """Print which model is asked, and what was spent today."""
    if model is None:
        out.print("model    none: what no sentence covers is not understood")
        out.print("tokens   0")
        return
    out.print(f"model    {safe(model['name'])} at {safe(model['host'])}")
    if model["problem"]:
        out.print(f"         [red]{safe(model['problem'])}[/]")
    money = ""
    if model["money"] is not None:
        cap = "" if model["money_per_day"] is None else f" of {model['money_per_day']:g}"
        money = f", {model['money']:.4f}{cap} in money"
    out.print(f"tokens   {model['tokens']:,} of {model['tokens_per_day']:,} today{money}")


def _stopping(parts: Mapping[str, Json], drill: Mapping[str, Json] | None) -> None:
    """Print what of the stop is worth a look: the switch in Home Assistant, the disk, the last drill."""
    helper, reserve = parts["helper"], parts["reserve"]
    if helper is not None and not helper["shows"]:
        out.print(f"         [red]{safe(helper['entity'])} is {safe(helper['state'])} and does not show the stop[/]")
    if reserve["used"]:
        out.print("         [red]the disk is full: nothing new is begun[/]")
    if drill is None:
        out.print("drill    none yet; try `claw drill`")
    else:
        verdict = "[green]held[/]" if drill.get("ok") else "[bold red]FAILED[/]"
        out.print(f"drill    {verdict} on {safe(str(drill.get('time', ''))[:16])}")


def _vouched(vouched: Mapping[str, Json]) -> None:
    """Print who keeps the heads of the log besides the log, and whether any of them is out of Claw's reach."""
    for witness in vouched["witnesses"]:
        kept = f"up to entry {witness['entries']}" if witness["entries"] else "[yellow]nothing yet[/]"
        trouble = f", [red]{safe(witness['problem'])}[/]" if witness["problem"] else ""
        out.print(f"witness  {safe(witness['name'])}: {kept}{trouble}", soft_wrap=True)
    if not vouched["out_of_reach"]:
        out.print("witness  [yellow]none is out of reach of Claw's own rights[/] (docs/audit.md)", soft_wrap=True)
    for problem in [vouched["problem"], *vouched["strangers"]]:
        if problem:
            out.print(f"         [red]{safe(problem)}[/]", soft_wrap=True)


def entries(rows: list[dict[str, Json]]) -> None:
    """Print log entries, one line each."""
    for row in rows:
        entry(row)


PRIVATE = "(somebody else's words)"


def entry(row: Mapping[str, Json]) -> None:
    """Print one log entry as a line."""
    payload = row["payload"] or {}
    origin = row["origin"] or {}
    who = origin.get("person") or origin.get("channel") or ""
    out.print(
        f"{row['seq']:>6}  {_clock(row['time'])}  {safe(row['kind']):<9} {safe(who):<10} {safe(_gist(payload))}",
        soft_wrap=True,
    )


def _gist(payload: Mapping[str, Json]) -> str:
    if action := payload.get("action"):
        return _act(action)
    if payload.get("step") and payload.get("routine"):
        return f"{payload['step']} {payload['routine']}: {payload.get('state', '')}"
    for key in ("question", "why", "reason", "detail", "status", "what", "how", "said", "heard_first"):
        if payload.get(key):
            of = f"{payload['skill']} {payload.get('what', '')}: " if payload.get("skill") else ""
            of = "done once, first heard by " if key == "heard_first" else of
            return f"{of}{payload[key]}"
    if "acts" in payload:
        return "; ".join(_gist(act) for act in payload["acts"]) or "would do nothing"
    if "calls" in payload:
        return "; ".join(f"line {one['line']}: {one['call']} {_led_to(one)}".rstrip() for one in payload["calls"])
    whole = json.dumps(payload, ensure_ascii=False)[:120] if payload else ""
    return PRIVATE if payload.get("private") else whole


def _act(action: Mapping[str, Json]) -> str:
    name, data = action["name"], action["data"]
    if name == "claw.model":
        return f"claw.model {data.get('purpose')}, at most {data.get('tokens')} tokens"
    if name in {"claw.schedule", "claw.routine_change"}:
        return f"{name} {data.get('routine', '')} {_named(data.get('spec'))}".rstrip()
    if name == "claw.remember":
        return f"claw.remember {data.get('op')} {data.get('sentence', '')}".rstrip()
    said = " ".join(f"{key}={value}" for key, value in data.items())
    return f"{name} {', '.join(action['entities'])} {said}".strip()


def _named(spec: Json) -> str:
    """Return what a routine is called by whoever wrote it, from what the log holds of it."""
    try:
        return str(json.loads(spec)["name"])
    except (TypeError, ValueError, KeyError):
        return str(spec)


def _led_to(call: Mapping[str, Json]) -> str:
    return f"→ {', '.join(map(str, call['entries']))}" if call["entries"] else ""


def why(answer: Mapping[str, Json]) -> None:
    """Print an entry, what led to it and what came of it."""
    for cause in reversed(answer["because"]):
        out.print("[dim]because[/]", end=" ")
        entry(cause)
    out.print("[bold]entry[/]  ", end=" ")
    entry(answer["entry"])
    payload = answer["entry"]["payload"] or {}
    if payload.get("said"):
        out.print(f"         said    {safe(repr(payload['said']))}")
    elif payload.get("private"):
        out.print(f"         said    {PRIVATE}")
    for line in str(payload["source"]).split("\n") if payload.get("source") else ():
        out.print(f"         | {code(line)}", soft_wrap=True)
    if payload.get("rule"):
        out.print(f"         rule    {safe(str(payload['rule']))}")
    for effect in answer["came_of_it"]:
        out.print("[dim]then   [/]", end=" ")
        entry(effect)


def who(answer: Mapping[str, Json]) -> None:
    """Print who or what last changed a thing."""
    out.print(f"[dim]{safe(answer['entity'])}[/] {safe(answer['text'])}", soft_wrap=True)


def findings(rows: list[dict[str, Json]]) -> None:
    """Print what is odd about a policy."""
    if not rows:
        out.print("[green]Nothing odd.[/]")
    for row in rows:
        style = "red" if row["level"] == "error" else "yellow"
        out.print(f"[{style}]{row['level']}[/] {safe(row['rule'] or '')} {safe(row['text'])}")


def explanation(answer: Mapping[str, Json]) -> None:
    """Print which rule decides, entity by entity, and what the nearest other rule lacked."""
    for one in answer["entities"]:
        decision, nearest = one["decision"], one["nearest"]
        name = f"{safe(one['entity'])}: " if one["entity"] else ""
        rule = safe(decision["rule"] or "no rule")
        out.print(f"{name}[bold]{safe(decision['effect'])}[/] by {rule}: {safe(decision['why'])}")
        if one["matched"]:
            out.print(f"  rules that speak: {safe(', '.join(one['matched']))}")
        if nearest:
            other = f"{nearest['rule']} ({nearest['effect']}); it lacked {nearest['lacked']}"
            out.print(f"  nearest other rule: {safe(other)}")


def _clock(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%H:%M:%S")


def safe(text: str) -> str:
    """Return text from outside for a terminal, line by line: no control characters, no markup of rich."""
    from rich.markup import escape  # noqa: PLC0415  see Screen

    return "\n".join(escape(plain(line, 2000)) for line in text.split("\n"))


def code(line: str) -> str:
    """Return a line of a program for a terminal: as ``safe``, with its indentation."""
    words = line.lstrip(" ")
    return " " * min(len(line) - len(words), 40) + safe(words)


def spelled_out(document: str) -> str:
    """Return a JSON document with what would drive or reorder a terminal as escapes; to a program it is the same."""
    if document.replace("\n", "").isprintable():
        return document
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in document)
