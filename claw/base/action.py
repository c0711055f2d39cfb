"""The nouns of one command, from what is asked to what came of it.

Every value here is frozen: it can be handed to any room, kept in a log and compared in a test.  ``Permit`` is the
one that carries power; see ``claw/base/permit.py`` for how it is made and spent.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, cast

Json = Any
"""A JSON value: None, bool, int, float, str, or a list or str-keyed mapping of such."""

Effect = Literal["allow", "confirm", "deny"]
Strength = Literal["tap", "session", "signed"]
"""How well an answer proves its person, weakest first: a notification tapped, a signed-in session, a signed plan."""

OutcomeStatus = Literal["done", "started", "unchanged", "sent", "failed", "refused", "unknown"]
ReplyStatus = Literal["done", "started", "answered", "pending", "partial", "unclear", "refused", "stopped", "failed"]
Path = Literal["intent", "skill", "program", "none"]

NO_DATA: Mapping[str, Json] = MappingProxyType({})


def canonical(value: Json) -> bytes:
    """Return the one JSON encoding of ``value``: keys sorted, no spaces, UTF-8; NaN and infinity raise ValueError."""
    return json.dumps(
        to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def to_json(value: object) -> Json:
    """Return ``value`` as plain JSON: nouns by field, times in ISO 8601; raises TypeError where there is none."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        mapping = cast("Mapping[object, object]", value)
        return {str(key): to_json(one) for key, one in mapping.items()}
    if isinstance(value, (tuple, list, frozenset)):
        items = [to_json(one) for one in cast("Collection[object]", value)]
        return sorted(items) if isinstance(value, frozenset) else items
    if isinstance(value, (date, bytes)):
        return value.isoformat() if isinstance(value, date) else value.hex()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_json(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who or what asks.

    ``channel`` is the kind of ear it came through (``web``, ``cli``, ``voice:<satellite>``, ``screen:<area>``,
    ``routine``, ``system``); ``person`` a person's id or None where nobody is known; ``place`` the area id the asker
    stands in; ``authenticated`` whether the channel proved the person; ``source`` the single client (a token id, a
    uid, a peer address) that rate limits and logs name; ``taint`` the untrusted sources this request was influenced
    by, in the order they came in; ``asks_only`` marks a client whose yes to a question does not count, whoever it is
    from.  ``strength`` is how well the channel proved the person, None where it proved nobody; ``routine`` and
    ``skill`` name what asks on a person's behalf, and ``task`` the one run that it asks in.
    """

    channel: str
    person: str | None = None
    place: str | None = None
    authenticated: bool = False
    source: str = ""
    conversation: str = ""
    language: str | None = None
    taint: tuple[str, ...] = ()
    asks_only: bool = False
    strength: Strength | None = None
    routine: str = ""
    skill: str = ""
    task: str = ""


SYSTEM = Origin(channel="system")
"""The daemon's own acts: late messages, housekeeping."""


@dataclass(frozen=True, slots=True)
class Action:
    """One Home Assistant action on named entities, or one of Claw's own (``claw.notify``).

    ``name`` is ``domain.service``.  ``entities`` are entity ids, never areas or groups: those are resolved before an
    Action exists.  ``data`` is the service data, JSON values only, read-only; it never names entities.
    """

    name: str
    entities: tuple[str, ...] = ()
    data: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))

    def __reduce__(self) -> tuple[type["Action"], tuple[str, tuple[str, ...], dict[str, Json]]]:
        return Action, (self.name, self.entities, dict(self.data))

    def __hash__(self) -> int:
        return hash((self.name, self.entities))

    @property
    def domain(self) -> str:
        """The part before the first dot: what chooses the effector."""
        return self.name.partition(".")[0]

    def as_json(self) -> dict[str, Json]:
        """Return name, entities and data as plain JSON."""
        return {"name": self.name, "entities": list(self.entities), "data": dict(self.data)}

    def digest(self) -> bytes:
        """Return the SHA-256 of the canonical JSON form: what a Permit is bound to."""
        return hashlib.sha256(canonical(self.as_json())).digest()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a ``confirm`` rule asks of an answer.

    ``roles`` and ``channels`` (globs) name who may answer and through what; empty means any authenticated person or
    any channel but voice.  ``within_s`` is how long the question stands; silence is no.  ``same_chat`` lets the asker
    say yes in the conversation the question was put in.  ``strength`` is the weakest proof of the person that counts.
    ``grant_s`` is for how many seconds at most a yes may be given for the same again (0: each time anew);
    ``once_per_task`` lets one yes hold for the rest of the task that asked.
    """

    roles: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    within_s: float = 120.0
    same_chat: bool = False
    strength: Strength = "tap"
    grant_s: float = 0.0
    once_per_task: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says about one action.

    ``rule`` is the id of the rule that decided, None where nothing matched (which denies); ``entity`` the entity that
    tipped it; ``terms`` what to ask when the effect is ``confirm``.  ``notify`` names who is told once it is done
    (``person:<id>`` or ``everyone``); ``grant`` is the grant that lifted a confirm.
    """

    effect: Effect
    rule: str | None
    why: str
    entity: str | None = None
    terms: Terms | None = None
    notify: tuple[str, ...] = ()
    grant: str | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """The gate's word that exactly this action may be sent now, once.

    ``digest`` binds action and data; ``audit`` is the number of the durable intent; ``expires`` is on the monotonic
    clock; ``seal`` is an HMAC over all of it with a key that lives only in this process.
    """

    digest: bytes
    audit: int
    expires: float
    nonce: bytes
    seal: bytes


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What an effector heard back: the context id that later state changes carry, and a response where there is one."""

    context_id: str | None = None
    response: Json = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one action.

    ``done`` the state was seen; ``started`` accepted and on its way, the end follows as a Message; ``unchanged`` it was
    so already; ``sent`` the device never reports; ``failed``; ``refused`` (by validation, policy, a person or the
    stop); ``unknown`` the connection was lost while acting.  ``audit`` is the number of the intent, or of the refusal.
    ``before`` and ``after`` map entity id to state value, ``prior`` to the attributes before that may have to be put
    back; ``entities`` maps each entity to its own status.
    """

    action: Action
    status: OutcomeStatus
    detail: str = ""
    audit: int | None = None
    decision: Decision | None = None
    before: Mapping[str, str] = field(default_factory=lambda: NO_DATA)
    after: Mapping[str, str] = field(default_factory=lambda: NO_DATA)
    entities: Mapping[str, OutcomeStatus] = field(default_factory=lambda: NO_DATA)
    prior: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: NO_DATA)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, and by whom: text, or a list of actions."""

    ask: str | tuple[Action, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that waits for a person's yes: the gate's own words about exactly these actions.

    ``before`` holds the state of every entity as the question showed it, ``things`` the registry id behind each entity
    id (empty where there is none); a different one when the answer comes voids the question.  ``policy`` is the hash of
    what was in force.  ``number``, where it is not empty, was told in the asker's room and must be picked by whoever
    says yes: it never leaves through another channel.  ``choices`` are what is offered there, the right one among them.
    ``run`` is the id of the program that goes on at a yes; empty where the actions are all there is to do.
    """

    id: str
    question: str
    actions: tuple[Action, ...]
    origin: Origin
    terms: Terms
    rule: str | None
    before: Mapping[str, str]
    created: datetime
    expires: datetime
    audit: int
    things: Mapping[str, str] = field(default_factory=lambda: NO_DATA)
    policy: str = ""
    number: str = ""
    choices: tuple[str, ...] = ()
    run: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one Request, written from outcomes.

    ``timings`` are milliseconds by stage: recognise, decide, disk, device, verify, model, total.
    """

    text: str
    status: ReplyStatus
    outcomes: tuple[Outcome, ...] = ()
    pending: tuple[Pending, ...] = ()
    path: Path = "none"
    conversation: str = ""
    language: str = "en"
    tokens_in: int = 0
    tokens_out: int = 0
    timings: Mapping[str, float] = field(default_factory=lambda: NO_DATA)


@dataclass(frozen=True, slots=True)
class Message:
    """Something Claw says unasked, to a person, a place or a conversation.

    ``to`` is ``person:<id>``, ``place:<area>``, ``conversation:<id>`` or ``everyone``.  A ``timer`` that is done is
    said until somebody takes notice, where it is said aloud.
    """

    to: str
    text: str
    kind: Literal["late", "alarm", "question", "note", "timer"] = "note"
    urgency: Literal["low", "normal", "high"] = "normal"
