"""What `claw init` shows of a home, of what is proposed for it, and of what came of it."""

from collections.abc import Sequence

from claw.base.action import Json
from claw.care.finding import Finding
from claw.care.init_files import PROPOSED, Planned
from claw.care.init_home import Home
from claw.care.init_risks import GROUPS, SAID, RiskyThing
from claw.cli import show

SHOWN = 12
_STYLE = {"problem": "red", "warning": "yellow", "note": "dim", "ok": "green"}


def home(there: Home) -> None:
    """Print what was found at the address."""
    registry = there.house.registry
    exposed = sum(one.exposed is True for one in registry.entities.values())
    admin = ", an administrator" if there.token_of.admin else ""
    text = (
        f"[green]Home Assistant {show.safe(there.version)}[/] at {show.safe(there.url)}, as"
        f" {show.safe(there.token_of.name)}{admin}: {len(registry.entities)} things in {len(registry.areas)} rooms,"
        f" {exposed} of them exposed to its voice assistants."
    )
    show.out.print(text, soft_wrap=True)


def risky(things: Sequence[RiskyThing]) -> None:
    """Print what there has to be decided about; tier 3 waits for a person's yes, tier 2 has limits."""
    if not things:
        show.out.print("Nothing risky was found: no lock, garage door, gate, valve, siren, alarm, camera, heater.")
        return
    show.out.print("\nWhat can let somebody in, let something out, guard or heat:")
    for group in GROUPS:
        these = [one for one in things if one.group == group]
        if these:
            show.out.print(f"  [bold]{SAID[group]}[/] (tier {these[0].tier})")
        for one in these[:SHOWN]:
            where = f", {show.safe(one.area)}" if one.area else ""
            seen = " [yellow]exposed[/]" if one.exposed and group != "heating" else ""
            show.out.print(f"    {one.entity_id}  {show.safe(one.name)}{where}{seen}", soft_wrap=True)
        if len(these) > SHOWN:
            show.out.print(f"    and {len(these) - SHOWN} more")


def findings(found: Sequence[Finding]) -> None:
    """Print what is to be known, with what mends it."""
    for one in found:
        style = _STYLE[one.level]
        show.out.print(f"[{style}]{one.level}[/] {one.about}: {show.safe(one.text)}", soft_wrap=True)
        if one.mend:
            show.out.print(f"  {show.safe(one.mend)}", soft_wrap=True)


def plan(files: Sequence[Planned]) -> None:
    """Print what is to be written: a new file in a line, a change as its diff."""
    for one in files:
        if one.why:
            text = (
                f"[yellow]{one.path} stays as it is[/]: {one.why}. What is proposed goes to {one.path.name}{PROPOSED}."
            )
            show.out.print(text, soft_wrap=True)
        elif one.now is None:
            show.out.print(f"New: {one.path} ({len(one.after.splitlines())} lines)", soft_wrap=True)
        elif one.changes:
            show.out.print(f"Changes of {one.path}; what you changed stays:", soft_wrap=True)
            show.out.print(one.diff, markup=False, soft_wrap=True)
        else:
            show.out.print(f"Nothing to change in {one.path}.", soft_wrap=True)
        for part in one.left_out:
            show.out.print("[yellow]Not taken, as you changed the same lines:[/]")
            show.out.print(part, markup=False, soft_wrap=True)


def planned_json(one: Planned) -> dict[str, Json]:
    """Return one file as JSON."""
    return {
        "path": str(one.path),
        "new": one.now is None,
        "changes": one.changes,
        "diff": one.diff if one.now is not None else "",
        "left_out": list(one.left_out),
        "why": one.why,
    }
