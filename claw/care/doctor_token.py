"""The token for the house: whether it is taken, who else can read it, and whether it may more than Claw needs."""

import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from claw.base.config import TOKEN_VARIABLE
from claw.base.errors import Broken
from claw.care.doctor_case import Case
from claw.care.finding import Finding
from claw.care.house_asked import TokenNotTaken

ABOUT = "token"
SMALLER = (
    "In Home Assistant add a user that is no administrator (Settings, People, Users), sign in as that user, make a"
    " long-lived access token in its profile (Security), put it where this one is, and delete this one."
)


def token(case: Case) -> Iterator[Finding]:
    """Give how the token for the house is; nothing where the house needs none."""
    house = case.config.house if case.config is not None else None
    if house is None or house.url is None:
        return
    try:
        case.token(house)
    except Broken as error:
        yield _unread(case, house.token_file, error)
        return
    if house.token_file is None:
        text = f"The token comes from ${TOKEN_VARIABLE}: every program that Claw's user runs could read it there."
        yield Finding(ABOUT, "note", text, "Put it in a file with mode 600, and name that as house: token_file:.")
    if isinstance(case.house_error, TokenNotTaken):
        yield Finding(ABOUT, "problem", f"{case.house_error}.", f"Make a new one. {SMALLER}")
    elif case.house is not None:
        yield from _rights(case)


def _unread(case: Case, file: Path | None, error: Broken) -> Finding:
    """Return the finding for a token that cannot be read; its file's mode is the one thing a command mends."""
    quoted = shlex.quote(str(file))
    try:
        mode = file.stat().st_mode if file is not None else 0
        exposed = stat.S_ISREG(mode) and stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO)
    except OSError:
        exposed = False
    if exposed:
        text = f"The token file {quoted} can be read by others: Claw does not use it, and they may have it already."
        return Finding(ABOUT, "problem", text, f"chmod 600 {quoted}")
    if case.part("link").get("ready") is True:
        return Finding(ABOUT, "note", f"The daemon has its token; from here it could not be looked at: {error}.")
    return Finding(ABOUT, "problem", f"{error}.", f"Write the token into a file with mode 600. {SMALLER}")


def _rights(case: Case) -> Iterator[Finding]:
    seen = case.house
    if seen is None:
        return
    if seen.admin is None:
        yield Finding(ABOUT, "note", "Home Assistant does not say whose token this is.")
        return
    if not seen.admin and not seen.owner:
        yield Finding(ABOUT, "ok", "The token is of a user that administers nothing.")
        return
    what = "owns Home Assistant" if seen.owner else "administers Home Assistant"
    phones = case.config is not None and case.config.channels is not None and bool(case.config.channels.phones)
    text = f"The token is of a user that {what}: who gets it can do everything there, past Claw's policy."
    if phones and not seen.owner:
        text += " Questions on phones need it so (docs/phone.md)."
        yield Finding(ABOUT, "warning" if case.wanted.security else "note", text, "Keep its file at mode 600.")
    else:
        yield Finding(ABOUT, "warning", text, SMALLER)
