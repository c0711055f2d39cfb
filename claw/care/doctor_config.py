"""Whether the configuration can be read, and what it names is there."""

import shlex
from collections.abc import Iterator

from claw.base.config import Config
from claw.care.doctor_case import Case
from claw.care.finding import Finding

ABOUT = "config"


def config(case: Case) -> Iterator[Finding]:
    """Give how the configuration is."""
    place = shlex.quote(str(case.wanted.config))
    if case.config_problem:
        yield Finding(ABOUT, "problem", case.config_problem, f"Mend that line in {place}, and look again.")
    elif case.config is None:
        # A demo has no file; without a daemon there is nothing to say what this Claw is for.
        level = "note" if case.daemon == "running" else "problem"
        text = f"There is no configuration at {place}: what only it tells cannot be looked at."
        yield Finding(ABOUT, level, text, "Name the file with --config.")
    else:
        yield Finding(ABOUT, "ok", f"{place} can be read.")
        yield from _named(case.config)


def _named(config: Config) -> Iterator[Finding]:
    """Give the files that are named and not there, but for those that other subjects look at."""
    voice = config.voice
    named = [
        ("the simulated house", config.house.simulated),
        ("the certificate", config.listen.tls.certificate if config.listen.tls else None),
        ("the certificate's key", config.listen.tls.key if config.listen.tls else None),
        ("the speech model", getattr(voice.transcriber, "model", None) if voice and _is_whisper(voice) else None),
        *((f"the text {name}", source.file) for name, source in config.sources.items()),
    ]
    for what, path in named:
        if path is not None and not path.exists():
            quoted = shlex.quote(str(path))
            yield Finding(ABOUT, "problem", f"{what} is named and not there: {quoted}", f"Put it at {quoted}.")
    if not config.people:
        yield Finding(ABOUT, "note", "The configuration names nobody; people are let in on the page.")


def _is_whisper(voice: object) -> bool:
    return getattr(getattr(voice, "transcriber", None), "engine", "") == "whisper"
