"""What Claw tells a Wyoming client of itself: what it answers, what it can hear, in which languages.

Home Assistant reads this when it is set up, and makes of it a conversation agent and a speech-to-text engine of that
name.  Nothing of the house is in it, and nothing of its people.
"""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version

from claw.base.action import Json
from claw.voice.frames import Frame

NAME = "Claw"


def info(languages: Sequence[str], *, hears: bool, partials: bool = False) -> Frame:
    """Return the answer to ``describe``; ``hears``: it takes sound too, ``partials``: text comes piece by piece."""
    handle = _program("Runs the home", languages, supports_home_control=True, supports_handled_streaming=False)
    asr = _program("Speech to text", languages, supports_transcript_streaming=partials, requires_external_vad=True)
    rest = dict[str, Json].fromkeys(("tts", "intent", "wake", "mic", "snd"), ())
    return Frame("info", {"asr": [asr] if hears else [], "handle": [handle], **rest})


@cache
def _version() -> str:
    """Return our own version, which lies in a file."""
    return version("claw")


def _program(description: str, languages: Sequence[str], **can: bool) -> Json:
    artifact = {
        "name": NAME,
        "attribution": {"name": NAME, "url": ""},
        "installed": True,
        "description": description,
        "version": _version(),
    }
    return {**artifact, **can, "models": [{**artifact, "name": NAME.lower(), "languages": list(languages)}]}
