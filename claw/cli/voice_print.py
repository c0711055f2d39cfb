"""Voice as a person reads it in a terminal: places to speak and who vouches for them, and what a recording says."""

from collections.abc import Mapping

from claw.base.action import Json
from claw.cli import show

_KIND = {
    "satellite": "a satellite of Home Assistant's",
    "machine": "a machine of the network",
    "microphone": "a microphone of this machine",
    "nowhere": "everything else",
}


def devices(told: Mapping[str, Json]) -> None:
    """Print every place to speak, what speaks where, how it does, and what is worth a look."""
    if not told["satellites"]:
        show.out.print("There is nowhere to speak: name a Wyoming server or a microphone under voice (docs/voice.md).")
    for row in told["satellites"]:
        _satellite(row)
    for row in told["speakers"]:
        room = row["place_name"] or row["place"]
        show.out.print(f"[bold]{show.safe(room)}[/] is spoken to by {show.safe(', '.join(row['by']))}", soft_wrap=True)
    show.out.print()
    show.voice(told)
    for finding in told["findings"]:
        show.out.print(f"[yellow]- {show.safe(finding)}[/]", soft_wrap=True)
    if told["note"]:
        show.out.print(f"\n[dim]{show.safe(told['note'])}[/]", soft_wrap=True)


def _satellite(row: Mapping[str, Json]) -> None:
    name = f" {show.safe(row['name'])}" if row["name"] else ""
    room = row["place_name"] or row["place"]
    place = f"in [green]{show.safe(room)}[/], says {row['vouched']}" if room else "[yellow]nowhere[/]"
    show.out.print(f"[bold]{show.safe(row['id'])}[/]{name}  {place}", soft_wrap=True)
    parts: list[str] = [_KIND.get(row["kind"], str(row["kind"]))]
    if row["addresses"]:
        parts.append(f"by way of {', '.join(row['addresses'])}")
    if row["about"]:
        parts.append(row["about"])
    parts.append(f"heard {row['heard'][:16].replace('T', ' ')} UTC" if row["heard"] else "not heard yet")
    show.out.print(f"  [dim]{show.safe(' · '.join(parts))}[/]", soft_wrap=True)


def heard(name: str, told: Mapping[str, Json]) -> None:
    """Print what was heard in a file, and what each step took."""
    sound = "mono" if told["channels"] == 1 else f"{told['channels']} channels"
    show.out.print(
        f"{show.safe(name)}: {told['seconds']:.1f} s, {told['rate']:,} Hz, {sound}; {told['speech_s']:.1f} s of speech",
        soft_wrap=True,
    )
    if told["listened_s"] < told["seconds"]:
        show.out.print(f"[yellow]Only the first {told['listened_s']:.1f} s are listened to.[/]")
    for piece in told["pieces"]:
        span = f"{piece['begin_s']:6.2f} to {piece['end_s']:.2f} s"
        if piece["problem"]:
            show.out.print(f"{span}  [red]{show.safe(piece['problem'])}[/]", soft_wrap=True)
            continue
        said = f"[green]{show.safe(piece['text'])}[/]" if piece["text"] else "[yellow]no words[/]"
        language = f"{show.safe(piece['language'])}, " if piece["language"] else ""
        show.out.print(f"{span}  {said}  [dim]({language}{piece['text_ms']:.0f} ms)[/]", soft_wrap=True)
        _means(piece["means"] if piece["text"] else None)
    if not told["pieces"]:
        show.out.print("[yellow]Nobody speaks in it.[/]")
    steps = ", ".join(f"{show.safe(step)} {ms:.0f} ms" for step, ms in told["ms"].items())
    show.out.print(f"[dim]{steps}. Nothing was done with it.[/]", soft_wrap=True)


def _means(meant: Mapping[str, Json] | None) -> None:
    """Print what a sentence would mean where it was said."""
    if meant is None:
        return
    if meant["taken_for"]:
        show.out.print(f"    taken for: {show.safe(meant['taken_for'])}", soft_wrap=True)
    show.out.print(f"    means: {show.safe(meant['text'])}", soft_wrap=True)
