"""The steps of `claw init`, in their order: the home, what is decided about it, the files, the trial."""

import asyncio
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.config import Config
from claw.base.config_listen import PORT
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.care.house_asked import TokenNotTaken
from claw.care.init_bypass import bypasses
from claw.care.init_choices import (
    USUAL_HEAT,
    Choices,
    as_before,
    known_people,
    people_said,
    read_heat,
    read_people,
    read_ruling,
    read_rulings,
)
from claw.care.init_config import config_text, kept_answers
from claw.care.init_files import Planned, answers_of, checked, planned, write
from claw.care.init_home import Home
from claw.care.init_policy import policy_text
from claw.care.init_reach import USUAL, find, reach, read_home
from claw.care.init_risks import SAID, present, risky_things
from claw.care.init_sign_in import sign_in
from claw.care.init_talk import base_of
from claw.care.init_trying import harmless
from claw.cli import init_print, show
from claw.cli.init_asking import Asking

TRIES = 3
MOST_PORT = 65535


class Work:
    """One run of it; ``quiet`` prints nothing, for programs.

    ``named`` is what the configuration calls the file ``token``, its name where nothing else is said; ``reader`` is the
    group of the service that is to read the files, None where whoever types runs the daemon, too.
    """

    def __init__(  # noqa: PLR0913  what one run is made of
        self,
        asking: Asking,
        config: Path,
        policy: Path,
        token: Path,
        *,
        port: int,
        quiet: bool = False,
        named: str = "",
        reader: int | None = None,
    ) -> None:
        self._asking = asking
        self._config = config
        self._policy = policy
        self._token = token
        self._named = named or token.name
        self._reader = reader
        self._quiet = quiet
        self._before = answers_of(config.parent)
        self._port = _port(self._before.get("port"), port)
        self._files: tuple[Planned, ...] = ()
        self._choices: Choices | None = None
        self._known: tuple[str, ...] = ()
        self._clock = SystemClock()

    def home(self, settings: Config | None, given: str, kept: str) -> tuple[Home, str]:
        """Return the home with a token that it takes: ``given``, else the one ``kept``, else a person's.

        Raises Refused, Unavailable, Broken, each saying what is wrong with what was given.
        """
        usual = settings.house.url if settings else None
        if usual is None and not self._asking.has("address"):
            usual = asyncio.run(find()) or USUAL[0]
        if self._asking.may_ask("address") and not self._asking.has("address"):
            self._say("Ten questions or so; Enter takes what stands in brackets. Nothing is written without a yes.")
        url = self._asking.ask("address", "Where is Home Assistant", self._reached, usual)
        for token in filter(None, (given, kept)):
            try:
                return self._read(url, token), token
            except TokenNotTaken:
                if given:
                    raise
                self._say("The token that is kept here is not accepted any more.")
        return self._asked_for(url)

    def _reached(self, said: str) -> str:
        url = base_of(said)
        asyncio.run(reach(url))
        return url

    def _read(self, url: str, token: str) -> Home:
        waiting = partial(self._say, "Home Assistant is starting; waiting for it ...")
        return asyncio.run(read_home(url, token, self._clock, self._clock, waiting))

    def _asked_for(self, url: str) -> tuple[Home, str]:
        """Return home and token, by signing in or by a token that somebody pastes."""
        for left in reversed(range(TRIES)):
            try:
                token = self._new_token(url)
                return self._read(url, token), token
            except (Refused, TokenNotTaken, Unavailable) as error:
                if left == 0 or not self._asking.terminal:
                    raise
                show.err.print(f"[yellow]{show.safe(str(error))}[/]", soft_wrap=True)
        raise Refused("no token")

    def _new_token(self, url: str) -> str:
        asking = self._asking
        user = ""
        if not asking.has("token"):
            text = "Your user name in Home Assistant, to make a token for Claw (Enter: I have a token)"
            user = asking.ask("user", text, str)
        if not user:
            return asking.ask("token", "The long-lived token (it is not shown)", _needed)
        password = asking.ask("password", "Your password there (it is not shown, and not kept)", _needed)
        code = partial(asking.ask, "code", "The code of your second factor", _needed)
        return asyncio.run(sign_in(url, user, password, code))

    def decide(self, home: Home) -> dict[str, Json]:
        """Ask what is to be decided about ``home`` and plan the files; return all that was found, as JSON.

        Raises Invalid where a file that is there already does not hold.
        """
        things = risky_things(home.house.registry)
        known = bypasses(home, things)
        if not self._quiet:
            init_print.home(home)
            init_print.risky(things)
            init_print.findings(known)
        choices = self._chosen(home)
        port = self._port
        text = config_text(home, choices, self._named, self._policy.name, _owner_uid(), port)
        config, policy = planned(self._config, text), planned(self._policy, policy_text(home, choices))
        config, policy, odd = checked(config, policy, home)
        self._files, self._choices = (config, policy), choices
        if not self._quiet:
            show.out.print()
            init_print.plan(self._files)
            init_print.findings([one for one in odd if one.level == "problem"])
        return {
            "house": home.url,
            "version": home.version,
            "admin": home.token_of.admin,
            "risky": [one.as_json() for one in things],
            "findings": [one.as_json() for one in (*known, *odd)],
            "files": [init_print.planned_json(one) for one in self._files],
        }

    def _chosen(self, home: Home) -> Choices:
        asking, registry = self._asking, home.house.registry
        known = known_people(home)
        self._known = tuple(one.id for one in known)
        text = "Who lives here, and as what (owner, adult, child, guest; a child's rooms after a colon)"
        usual = people_said(as_before(known, self._before))
        people = asking.ask("people", text, lambda said: read_people(said, known, registry), usual)
        rulings = dict(read_rulings(self._before.get("rulings")))
        heat = read_heat(USUAL_HEAT.get(registry.temperature_unit, "16-25"), registry.temperature_unit)
        for group in present(risky_things(registry)):
            if group == "heating":
                text = f"{SAID[group]}: between which temperatures need nobody be asked"
                usual = str(self._before.get("heating") or USUAL_HEAT.get(registry.temperature_unit, "16-25"))
                heat = asking.ask("heating", text, lambda said: read_heat(said, registry.temperature_unit), usual)
            else:
                text = f"{SAID[group]}: ask an adult each time, or never open, disarm or switch them through Claw"
                rulings[group] = asking.ask(group, text, read_ruling, rulings.get(group, "ask"))
        return Choices(people, rulings, heat)

    def write(self, token: str) -> bool:
        """Write what was planned, if that is wanted; return whether it was.  Raises Broken: then nothing was.

        No ``token`` is one that is kept there already.
        """
        if self._choices is None:
            raise Broken("nothing was decided yet")
        if not self._asking.ask("write", "Write this", _agreed, "yes"):
            self._say("Nothing was written.")
            return False
        answers = {**kept_answers(self._choices, self._port, self._known), "tried": self._before.get("tried") is True}
        secrets = {self._token: f"{token}\n"} if token else {}
        write(self._files, secrets, self._config.parent, answers, self._reader)
        return True

    def wants_trial(self) -> bool:
        """Return whether stop and reset are to be pressed: once in the life of these files, by who is there."""
        first = self._before.get("tried") is not True
        return (first and self._asking.may_ask("stop")) or (self._asking.has("stop") and self._asking.has("reset"))

    def tried(self, home: Home, state: Path) -> dict[str, Json]:
        """Return what was seen at the ``trial``, or why it is for ``later``: a service is started by its owner."""
        from claw.cli.init_trial import to_start  # noqa: PLC0415  only where it is wanted

        first = to_start(state)
        return {"later": first} if first else {"trial": self.trial(home, state)}

    def trial(self, home: Home, state: Path) -> dict[str, Json]:
        """Press stop and reset, and move one harmless thing; return what was seen."""
        from claw.cli.init_trial import daemon, trial  # noqa: PLC0415  starts processes: only where it is wanted

        thing = harmless(home) if _speaks() else None
        try:
            with daemon(self._config, state) as client:
                found = trial(client, state, thing, self._asking, quiet=self._quiet)
        except ClawError as error:
            return {"ok": False, "problem": str(error)}
        if found["ok"] and self._choices is not None:
            answers = {**kept_answers(self._choices, self._port, self._known), "tried": True}
            write((), {}, self._config.parent, answers)
        return found

    def close(self, answer: Mapping[str, Json]) -> None:
        """Print what came of it, and what is next."""
        tried = answer.get("trial")
        if isinstance(tried, Mapping):
            if tried["ok"] and tried["verified"]:
                text = f"[green]Done and seen:[/] {show.safe(str(tried['device']))} moved, and moved back."
            elif tried["ok"]:
                why = "there was no harmless thing to move" if _speaks() else "root moves nothing, being nobody at home"
                text = f"[green]Stop and reset work[/]; {why}."
            else:
                text = f"[red]The trial did not end well:[/] {show.safe(str(tried.get('problem', tried)))}"
            show.out.print(text, soft_wrap=True)
        figures = f"{answer['answers']} answers, {answer['seconds']:.0f} s."
        if answer.get("later"):
            show.out.print(show.safe(str(answer["later"])), soft_wrap=True)
        if not answer["written"]:
            show.out.print(figures)
        elif self._reader is not None:
            show.out.print(
                f"{figures} Where the service runs it reads them after: systemctl restart claw", soft_wrap=True
            )
        else:
            show.out.print(f"{figures} Start it for good: claw run --config {self._config}", soft_wrap=True)

    def _say(self, text: str) -> None:
        if not self._quiet:
            show.out.print(text, markup=False, soft_wrap=True)


def _port(before: object, asked: int) -> int:
    """Return the port that was asked for, else the one of the last time."""
    return before if asked == PORT and isinstance(before, int) and 0 <= before <= MOST_PORT else asked


def _owner_uid() -> int:
    """Return who types: under sudo the user behind it."""
    behind = os.environ.get("SUDO_UID", "")
    return int(behind) if os.getuid() == 0 and behind.isdecimal() else os.getuid()


def _speaks() -> bool:
    """Return whether who types is the first owner for the daemon; under sudo it is who typed sudo, and root is not."""
    return _owner_uid() == os.getuid()


def _needed(said: str) -> str:
    if not said:
        raise ValueError("nothing was typed")
    return said


def _agreed(said: str) -> bool:
    word = said.strip().lower()
    if word in {"yes", "y"}:
        return True
    if word in {"no", "n"}:
        return False
    raise ValueError(f"{said!r}: expected yes or no")
