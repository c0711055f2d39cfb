"""What hears and speaks: its engines, its microphones, and what keeps words from Claw or brings them past it."""

from collections.abc import Iterator, Mapping
from typing import cast

from claw.base.action import Json
from claw.base.errors import ClawError
from claw.care.doctor_case import Case
from claw.care.finding import Finding

ABOUT = "voice"


def voice(case: Case) -> Iterator[Finding]:
    """Give how voice is; nothing where none is configured."""
    configured = case.config is not None and case.config.voice is not None
    if case.status is None:
        if configured:
            yield Finding(ABOUT, "note", "How voice is only a running daemon can say.")
        return
    if not case.part("voice"):
        if configured:
            text = "The configuration names ears, and the daemon has none: it was started with another."
            yield Finding(ABOUT, "warning", text, "Start the daemon again.")
        return
    try:
        told = case.asked("voice_devices")
    except ClawError as error:
        yield Finding(ABOUT, "note", f"What there is to speak to was not told: {error}.")
        told = dict(case.part("voice"))
    yield from _heard(case, told if isinstance(told, dict) else {})


def _heard(case: Case, told: Mapping[str, Json]) -> Iterator[Finding]:
    mend = case.claw("voice devices")
    ear = told.get("transcriber")
    if isinstance(ear, Mapping):
        ear = cast("Mapping[str, Json]", ear)
        if ear.get("problem"):
            text = f"What turns sound into text ({ear.get('engine')}) does not work: {ear['problem']}."
            yield Finding(ABOUT, "problem", text, "See voice: transcriber: in the configuration (docs/voice.md).")
        if ear.get("enough"):
            text = "Today's seconds of sound for the server are used up: nothing is heard until midnight."
            yield Finding(ABOUT, "warning", text, "Raise voice: transcriber: seconds_per_day:.")
    microphones = told.get("microphones")
    if isinstance(microphones, Mapping):
        there, listening = microphones.get("configured") or 0, microphones.get("listening") or 0
        if listening < there:
            yield Finding(ABOUT, "warning", f"{there - listening} of {there} microphones do not listen.", mend)
    for text in told.get("findings") or ():
        yield Finding(ABOUT, "warning", str(text), mend)
    if told.get("note"):
        yield Finding(ABOUT, "note", str(told["note"]))
    if not told.get("findings") and not (isinstance(ear, Mapping) and ear.get("problem")):
        yield Finding(ABOUT, "ok", f"{len(told.get('satellites') or ())} places may be spoken at.")
