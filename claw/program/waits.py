"""What only the world can answer: a person, the house in a while, and what a stranger's text says.

A question of a program is put in Claw's name, so Claw answers for it: it never asks for a code or a password, and what
looks like one in an answer goes no further.  An answer is a text for the program and never a yes to anything.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from claw.base.action import Json, Origin
from claw.base.clock import Timer
from claw.base.errors import ClawError, Refused
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.program.arguments import Arguments, AskArguments, ExtractArguments, WaitArguments
from claw.program.events import Answer, Trouble, Value
from claw.program.looks import is_so

LONGEST_ANSWER = 500

_SECRETS = re.compile(
    r"\b(?:codes?|pins?|pincodes?|passwords?|passcodes?|passphrases?|secrets?|tokens?|credentials?|api[ -]?keys?"
    r"|kennw\w*|passw\w*|geheimzahl\w*|zugangsdaten|mots? de passe|identifiants?|wachtwoord\w*|toegangscode\w*)\b"
    r"|\w+code\b|密码|密碼|口令|验证码|驗證碼|暗号",
    re.IGNORECASE,
)
_CODE = re.compile(r"\d(?:(?:[\s.\-]?|,\s?)\d){3,}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The only forms that an answer about a stranger's text can have; anything else is no answer."""

    question: str
    kind: Literal["yes_no", "number", "choice", "time"]
    options: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 100.0


class Extract(Protocol):
    """Who reads strangers' texts without being able to do anything; filled by ``daemon/build.py``."""

    async def extract(self, text: str, wanted: Wanted, origin: Origin) -> Json:
        """Return the answer in the form that is ``wanted``, None where the text does not say; raises Refused."""
        ...


def check_wait(asked: Arguments, house: House, harmless: Callable[[str], str]) -> None:
    """Raise Refused where a program wants to wait for something that cannot be, or must not be asked."""
    if isinstance(asked, WaitArguments):
        is_so(house, asked)
    elif isinstance(asked, AskArguments):
        question(asked, harmless)
    elif isinstance(asked, ExtractArguments):
        wanted(asked)


def question(asked: AskArguments, harmless: Callable[[str], str]) -> tuple[str, tuple[str, ...]]:
    """Return question and options as they may be put; raises Refused for one that asks for a secret."""
    text, options = harmless(asked.question), tuple(harmless(option) for option in asked.options)
    if not text.strip():
        raise Refused("the question is empty")
    if any(map(_SECRETS.search, (asked.question, *asked.options, text))):
        raise Refused("nobody is asked for codes or passwords")
    return text, options


def answer_of(text: str, options: tuple[str, ...]) -> str:
    """Return what a person answered as the program gets it: one of the options as it is, else without codes."""
    chosen = [option for option in options if option.casefold() == text.strip().casefold()]
    return chosen[0] if chosen else _CODE.sub("****", text.strip()[:LONGEST_ANSWER])


def uncoded(said: str) -> str:
    """Return what a person said as a model may read it: where it speaks of a code, without what looks like one."""
    return _CODE.sub("****", said) if _SECRETS.search(said) else said


def wanted(asked: ExtractArguments) -> Wanted:
    """Return what is wanted of a text; raises Refused for a choice without options and a range without numbers."""
    if (asked.kind == "choice") == (not asked.options):
        raise Refused('extract() takes options for kind="choice", and for no other')
    if asked.low > asked.high:
        raise Refused("extract(): low is above high")
    return Wanted(asked.question, asked.kind, tuple(asked.options), asked.low, asked.high)


def fitting(value: Json, asked: Wanted) -> Json:
    """Return ``value`` where it has the form that was wanted; raises Refused for anything else."""
    fits = value is None
    if asked.kind == "yes_no":
        fits = fits or isinstance(value, bool)
    elif asked.kind == "number":
        fits = fits or (isinstance(value, (int, float)) and not isinstance(value, bool))
        fits = fits and (value is None or asked.low <= value <= asked.high)
    elif asked.kind == "choice":
        fits = fits or value in asked.options
    else:
        fits = fits or (isinstance(value, str) and bool(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII)))
    if not fits:
        raise Refused("what was read from the text has not the form that was wanted")
    return value


async def until(mirror: Mirror, timer: Timer, asked: WaitArguments) -> Answer:
    """Return True as soon as it is so, False when the time is over; what can never be is an error."""
    changed = asyncio.Event()

    def look(_: object) -> None:
        changed.set()

    unwatch = mirror.watch(look, (asked.entity,))
    alarm = asyncio.ensure_future(timer.sleep(asked.seconds))
    try:
        while not is_so(mirror.house(), asked):
            changed.clear()
            waiting = asyncio.ensure_future(changed.wait())
            try:
                await asyncio.wait({waiting, alarm}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
            if alarm.done():
                return Value(is_so(mirror.house(), asked))
        return Value(json=True)
    except Refused as refusal:
        return Trouble("LookupError", str(refusal))
    finally:
        alarm.cancel()
        unwatch()


async def extracted(reader: Extract, text: str, asked: Wanted, origin: Origin) -> Answer:
    """Return what a reader found in a text; an error of its own words where it found nothing of the kind."""
    try:
        return Value(fitting(await reader.extract(text, asked, origin), asked))
    except ClawError as error:
        return Trouble("ValueError" if isinstance(error, Refused) else "OSError", f"the text cannot be read: {error}")
