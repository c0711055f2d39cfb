"""A time as a person types it in a terminal."""

import re

import typer

_SPAN = re.compile(r"([1-9][0-9]{0,4}) *(s|m|min|h)")
_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """Return the seconds of ``90s``, ``30m`` or ``2h``; raises BadParameter for anything else."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a time such as 90s, 30m or 2h", param_hint="--for")
    return int(found[1]) * _UNITS[found[2][0]]
