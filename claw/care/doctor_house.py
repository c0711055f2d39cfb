"""Whether the house is there: reached by the daemon and from here, of a version that was tried, with its devices."""

import re
import shlex
from collections.abc import Iterator

from claw.care.doctor_case import Case
from claw.care.finding import Finding
from claw.care.house_asked import Seen, TokenNotTaken
from claw.house.file import load_house

ABOUT = "house"
OLDEST, NEWEST = (2024, 3), (2026, 11)
"""The versions of Home Assistant that the tests have run against (CONTRIBUTING.md)."""
NAMES_PLACES = (2025, 5)
"""From here on a satellite is told with what it hears (claw/house/assist.py)."""
MANY = 0.5
"""So large a share of what cannot be reached is worth a word."""

_VERSION = re.compile(r"(20\d\d)\.(\d{1,2})\b", re.ASCII)


def house(case: Case) -> Iterator[Finding]:
    """Give how the house is."""
    yield from _link(case)
    if case.config is not None and case.config.house.simulated is not None:
        file = case.config.house.simulated
        known = load_house(file)
        text = f"The house is simulated ({shlex.quote(str(file))}), with {len(known.registry.entities)} entities."
        yield Finding(ABOUT, "ok", text)
    elif case.house is not None:
        yield from _seen(case.house)
    elif case.house_error is not None and not isinstance(case.house_error, TokenNotTaken):
        yield from _unseen(case)


def _link(case: Case) -> Iterator[Finding]:
    link = case.part("link")
    if not link:
        return
    entities = int(case.part_number("entities"))
    if link.get("ready") is not True:
        text = f"The daemon has no link to the house since {str(link.get('since'))[:16]}: {link.get('detail')}."
        yield Finding(ABOUT, "problem", text, "See that Home Assistant runs and is reached; the daemon tries again.")
    elif not entities:
        text = "The daemon follows the house, and the house shows it nothing."
        yield Finding(ABOUT, "warning", text, "Give Claw's user in Home Assistant the right to see devices.")
    else:
        yield Finding(ABOUT, "ok", f"The daemon follows the house: {entities} entities.")


def _unseen(case: Case) -> Iterator[Finding]:
    url = case.config.house.url if case.config is not None else ""
    followed = case.part("link").get("ready") is True
    if followed:  # the daemon may well have what whoever looks here may not read
        yield Finding(ABOUT, "note", f"Home Assistant could not be asked from here: {case.house_error}.")
        return
    if "token" in str(case.house_error):
        return  # the token's own subject says it
    text = f"Home Assistant at {url} could not be asked: {case.house_error}."
    yield Finding(ABOUT, "problem", text, "See that Home Assistant runs, and that house: url: is its address.")


def _seen(seen: Seen) -> Iterator[Finding]:
    yield Finding(ABOUT, "ok", f"Home Assistant {seen.version} answers, with {seen.entities} entities.")
    if seen.recovery:
        text = "Home Assistant runs in its recovery mode: most of the house is missing."
        yield Finding(ABOUT, "problem", text, "Mend its configuration and restart it.")
    elif not seen.running:
        yield Finding(ABOUT, "note", "Home Assistant is still starting.")
    if seen.entities and seen.unavailable > MANY * seen.entities:
        text = f"{seen.unavailable} of {seen.entities} entities cannot be reached by Home Assistant itself."
        yield Finding(ABOUT, "warning", text, "See in Home Assistant which integration is down.")
    yield from _version(seen.version)


def _version(version: str) -> Iterator[Finding]:
    found = _VERSION.match(version)
    if found is None:
        yield Finding(ABOUT, "note", f"Home Assistant calls its version {version}, which says nothing to Claw.")
        return
    number = (int(found[1]), int(found[2]))
    if number < OLDEST:
        text = f"Home Assistant {version} is older than the oldest that Claw was tried with ({OLDEST[0]}.{OLDEST[1]})."
        yield Finding(ABOUT, "warning", text, "Update Home Assistant.")
    elif number > NEWEST:
        text = f"Home Assistant {version} is newer than the newest that Claw was tried with ({NEWEST[0]}.{NEWEST[1]})."
        yield Finding(ABOUT, "note", text, "See whether there is a newer Claw.")
    elif number < NAMES_PLACES:
        text = f"Home Assistant {version} does not say at which satellite somebody speaks (docs/voice.md)."
        yield Finding(ABOUT, "note", text, "Update Home Assistant, if Claw is spoken to.")
