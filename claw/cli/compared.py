"""What is known of a policy, as it reads in a terminal: its tests, and what it changes, the newly allowed first."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from claw.cli import show
from claw.policy.difference import KINDS, Difference, Kind
from claw.policy.replay import Otherwise, Replayed
from claw.policy.testing import Result

STYLE: Mapping[Kind, str] = {
    "newly allowed": "bold red",
    "newly asked": "yellow",
    "asked otherwise": "yellow",
    "newly denied": "green",
}
SHOWN = 6  # names that one line lists

T = TypeVar("T")


def differences(found: Sequence[Difference], also: Sequence[str] = ()) -> None:
    """Print what a policy would say otherwise, one line for each rule and action, and what ``also`` is changed."""
    for one in also:
        show.out.print(f"[bold red]changed[/] {show.safe(one)}", soft_wrap=True)
    if not found and not also:
        show.out.print("[green]Nothing would be decided otherwise.[/]")
    for kind in KINDS:
        those = [one for one in found if one.kind == kind]
        if not those:
            continue
        show.out.print(f"[{STYLE[kind]}]{kind}[/] ({_pairs(those)})")
        groups = _grouped(those, lambda one: (one.action, one.was, one.rule, one.circumstances))
        for (action, was, rule, circumstances), group in groups.items():
            entities = _some({one.entity for one in group if one.entity})
            askers = _some({one.asker for one in group})
            when = f" [{circumstances}]" if circumstances else ""
            line = f"{action} {entities} for {askers}{when}: {was or 'no rule'} → {rule or 'no rule'}"
            show.out.print(f"  {show.safe(line)}", soft_wrap=True)


def _pairs(found: Iterable[Difference]) -> str:
    count = len({(one.action, one.entity) for one in found})
    return "1 action" if count == 1 else f"{count} actions"


def replayed(found: Replayed, days: int) -> None:
    """Print what would have been decided otherwise, and what could not be judged."""
    show.out.print(f"{found.judged} requests of the last {days} days were judged anew.")
    for kind in KINDS:
        those = [one for one in found.otherwise if one.kind == kind]
        if not those:
            continue
        show.out.print(f"[{STYLE[kind]}]{kind}[/] ({len(those)})")
        for (what, who, was, rule), group in _grouped(those, _told).items():
            times = f"{len(group)} times " if len(group) > 1 else ""
            last = f"last {group[-1].time.astimezone():%d %b %H:%M}, entry {group[-1].seq}"
            line = f"{times}{what} for {who}: {was or 'no rule'} → {rule or 'no rule'} ({last})"
            show.out.print(f"  {show.safe(line)}", soft_wrap=True)
    if not found.otherwise:
        show.out.print("[green]Nothing would have been decided otherwise.[/]")
    if found.unjudged:
        parts = ", ".join(f"{count} {why}" for why, count in sorted(found.unjudged.items()))
        show.out.print(f"Not judged: {parts}.")


def tested(name: str, results: Sequence[Result], to: show.Screen) -> None:
    """Print what came of each test of a policy file, and how many hold."""
    for one in results:
        mark = "[green]ok  [/]" if one.passed else "[red]FAIL[/]"
        found = "" if one.passed else f", found {one.found}"
        to.print(f"{mark} {show.safe(f'{name}:{one.line} {one.name}: {one.expected}{found}')}", soft_wrap=True)
    failed = sum(not one.passed for one in results)
    to.print(f"[{'red' if failed else 'green'}]{len(results) - failed} hold, {failed} do not.[/]")


def _told(one: Otherwise) -> tuple[str, str, str | None, str | None]:
    what = ", ".join(f"{action.name} {_some(action.entities)}".strip() for action in one.actions)
    return what, one.origin.person or one.origin.channel, one.was, one.rule


K = TypeVar("K", bound=Hashable)


def _grouped(found: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return groups


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
