"""The model: whether its server is there and takes the key, and what may still be spent today.  It costs nothing."""

import shlex
import stat
from collections.abc import Iterator, Mapping

from claw.base.config import ModelConfig, read_key
from claw.base.errors import Broken, ClawError
from claw.care.doctor_case import ASK_S, Case
from claw.care.finding import Finding
from claw.care.model_asked import ask_model, ask_server

ABOUT = "model"
NEARLY = 0.9
CAPS = (
    ("tokens", "tokens_per_day", "tokens"),
    ("background", "background_tokens_per_day", "tokens in the background"),
    ("money", "money_per_day", "of its money"),
)


def model(case: Case) -> Iterator[Finding]:
    """Give how the model is; one line where there is none."""
    told = case.part("model")
    settings = case.config.model if case.config is not None else None
    if not told and settings is None:
        yield Finding(ABOUT, "ok", "No model is configured: what no sentence covers is said to be not understood.")
        return
    if told.get("problem"):
        yield Finding(ABOUT, "problem", f"{told['problem']}.", "See model: in the configuration (docs/model.md).")
    yield from _spent(told)
    if settings is not None:
        yield from _reached(case, settings)


def _spent(told: Mapping[str, object]) -> Iterator[Finding]:
    for spent, cap, what in CAPS:
        used, most = told.get(spent), told.get(cap)
        if not isinstance(used, (int, float)) or not isinstance(most, (int, float)):
            continue
        mend = f"Raise model: {cap}: in the configuration, or wait for midnight."
        if used >= most:
            text = f"Today's {what} are used up ({used:g} of {most:g}): the model is not asked until midnight."
            yield Finding(ABOUT, "warning", text, mend)
        elif used >= NEARLY * most:
            yield Finding(ABOUT, "note", f"Today's {what} are nearly used up ({used:g} of {most:g}).", mend)


def _reached(case: Case, settings: ModelConfig) -> Iterator[Finding]:
    try:
        key = read_key(settings, case.environment)
    except Broken as error:
        yield _unread(case, settings, error)
        return
    where = f"The server of the model {settings.name}"
    try:
        server = ask_server(settings, key, ASK_S)
    except ClawError as error:
        mend = "See that the server runs, and that model: base_url: is its address."
        yield Finding(ABOUT, "problem", f"{where} does not answer: {error}.", mend)
        return
    if not server.takes_key:
        mend = "Put a key that counts into model: key_file:, mode 600."
        yield Finding(ABOUT, "problem", f"{where} refuses the key.", mend)
        return
    if server.has_model is False:
        yield Finding(ABOUT, "warning", f"{where} does not list it.", "See that model: name: is one that it has.")
    else:
        yield Finding(ABOUT, "ok", f"{where} answers.")
    if case.wanted.ask_model:
        yield _asked(case, settings, key)


def _unread(case: Case, settings: ModelConfig, error: Broken) -> Finding:
    """Return the finding for a key that cannot be read."""
    file = settings.key_file
    try:
        exposed = file is not None and stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    except OSError:
        exposed = False
    if exposed:
        return Finding(ABOUT, "problem", f"{error}.", f"chmod 600 {shlex.quote(str(file))}")
    if case.part("model") and not case.part("model").get("problem"):
        return Finding(ABOUT, "note", f"The daemon has its key; from here it could not be looked at: {error}.")
    return Finding(ABOUT, "problem", f"{error}.", "Put the key into model: key_file:, mode 600.")


def _asked(case: Case, settings: ModelConfig, key: str) -> Finding:
    case.progress("model: one word")
    try:
        said = ask_model(settings, key)
    except ClawError as error:
        return Finding(ABOUT, "problem", f"The model gave no answer: {error}.", "See docs/model.md.")
    return Finding(ABOUT, "ok", f'The model answered "{said}".')
