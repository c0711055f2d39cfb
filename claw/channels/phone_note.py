"""What is sent to a phone with Home Assistant's companion app: a notification's words, and all that goes with them.

The app takes some words as commands and older versions of Home Assistant read a message as a template, so what people
and devices say is never either.  The catalogue knows no phone's notifier; each that is configured is declared here with
exactly the shape that is sent, so that nothing else can be sent through it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from claw.base.action import Action, Json, Message
from claw.base.errors import Refused
from claw.channels.posting import Button, Post
from claw.house.fields import Field, Service, Text
from claw.house.model import State
from claw.house.text import plain
from claw.policy.forbidden import CLEAR, OWN_TAG, commands_a_phone

TITLE = "Claw"
PREFIX = "CLAW_"
"""How the id of every button of ours begins; the app and the household's automations have ids of their own."""

OPEN = "URI"
"""The id that the app itself takes for: open the address beside it."""

MOST_ACTIONS = 3
"""Android shows no more."""

LONGEST = 1_200
LARGEST = 6_000
"""Characters of all that goes with a message; what is shown at all is far less."""

_BRACES = str.maketrans("{}", "()")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_KEYS = frozenset(
    {
        "actions", "channel", "clickAction", "group", "importance", "priority", "push", "sticky", "tag", "timeout",
        "ttl", "url",
    }
)  # fmt: skip

Loudness = Literal["passive", "active", "time-sensitive", "critical"]
_LOUDNESS: Mapping[str, Loudness] = {"low": "passive", "normal": "active", "high": "time-sensitive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside(Field):
    """All that goes with a message: keys that the app knows, in at most so many characters."""

    def take(self, value: Json, state: State) -> Json:  # noqa: ARG002  a phone has no state
        """Return the mapping as it is."""
        if not isinstance(value, Mapping) or not _KEYS.issuperset(cast("Mapping[str, Json]", value)):
            raise Refused(f"expected a mapping with nothing but {', '.join(sorted(_KEYS))}")
        told = cast("Mapping[str, Json]", value)
        if len(repr(dict(told))) > LARGEST or len(told.get("actions", ())) > MOST_ACTIONS:
            raise Refused(f"expected no more than {LARGEST} characters and {MOST_ACTIONS} buttons")
        return dict(told)


def service(name: str) -> Service:
    """Return what the notifier ``name`` (``notify.mobile_app_…``) takes, in the catalogue's terms."""
    fields: dict[str, Field] = {
        "title": Text(longest=100, without="{}"),
        "message": Text(required=True, longest=LONGEST, without="{}"),
        "data": Beside(),
    }
    return Service(name=name, fields=fields, targets=False)


def question(name: str, post: Post, page: str, left_s: float, *, heard: bool) -> Action:
    """Return the notification that puts a question to a phone; ``left_s`` is how long it stands.

    ``page`` is where Claw's page is, empty where nobody said; where answers are not ``heard`` it has no buttons.
    """
    buttons = _buttons(post.buttons) if heard else []
    there = "on Claw's page" if not page else "on the page"
    where = "" if any(one["title"] != "Reject" for one in buttons) else f"\nSay yes {there}"
    why = f": {post.elsewhere}" if where and post.elsewhere else ""
    opens: list[dict[str, Json]] = [{"action": OPEN, "title": "Open the page", "uri": page}] if page else []
    data: dict[str, Json] = {
        "tag": tag(post),
        "group": "claw",
        "channel": "Claw asks",
        "importance": "high",
        "priority": "high",
        "ttl": 0,
        "sticky": True,
        "timeout": max(1, round(left_s)),
        "actions": [*buttons, *opens][:MOST_ACTIONS],
        "push": {"interruption-level": "time-sensitive"},
        **_opening(page),
    }
    return _action(name, post.text + where + why, data)


def cleared(name: str, post: Post) -> Action:
    """Return what takes a question from a phone."""
    return Action(name, (), {"message": CLEAR, "data": {"tag": tag(post)}})


def note(name: str, message: Message, page: str) -> Action:
    """Return the notification of a message; an alarm sounds whatever the phone is set to."""
    data: dict[str, Json] = {"group": "claw", **_opening(page)}
    if message.kind == "alarm":
        sound = {"name": "default", "critical": 1, "volume": 1.0}
        data |= {"channel": "alarm_stream", "importance": "max", "priority": "high", "ttl": 0}
        data |= {"push": {"interruption-level": "critical", "sound": sound}}
    else:
        data |= {"channel": "Claw", "importance": "low" if message.urgency == "low" else "default"}
        data |= {"push": {"interruption-level": _LOUDNESS[message.urgency]}}
        if message.urgency == "high":
            data |= {"importance": "high", "priority": "high", "ttl": 0}
    return _action(name, message.text, data)


def nonce_of(data: Mapping[str, Json]) -> str | None:
    """Return the nonce of the button of ours that an app's event is about, None for any other event."""
    action = data.get("action")
    if not isinstance(action, str) or not action.startswith(PREFIX):
        return None
    nonce = action.removeprefix(PREFIX)
    return nonce if _NONCE.fullmatch(nonce) else None


def tag(post: Post) -> str:
    """Return the name under which a question lies on a phone."""
    name = f"claw-{post.question}"
    if not OWN_TAG.fullmatch(name):
        raise Refused("a question has an id that no phone is told")
    return name


def _action(name: str, text: str, data: Mapping[str, Json]) -> Action:
    lines = "\n".join(plain(line, LONGEST) for line in text.split("\n")).strip().translate(_BRACES)
    words = lines[: LONGEST - len(TITLE) - 2] or "…"
    if commands_a_phone({"message": words}) or words == "TTS":
        words = f"{TITLE}: {words}"
    return Action(name, (), {"title": TITLE, "message": words, "data": data})


def _buttons(buttons: Sequence[Button]) -> list[dict[str, Json]]:
    """Return the buttons as the app takes them; where numbers are picked from, silence is the no: only three fit."""
    yes = [button for button in buttons if button.yes][:MOST_ACTIONS]
    fitting = [*yes, *(button for button in buttons if not button.yes)][:MOST_ACTIONS]
    return [
        {
            "action": f"{PREFIX}{button.nonce}",
            "title": _title(button),
            "authenticationRequired": button.yes,
            "destructive": button.yes,
        }
        for button in fitting
    ]


def _title(button: Button) -> str:
    if not button.yes:
        return "Reject"
    return f"Approve {button.number}" if button.number else "Approve"


def _opening(page: str) -> dict[str, Json]:
    """Return what makes a tap on the words open the page: one key for each kind of phone."""
    return {"url": page, "clickAction": page} if page else {}
