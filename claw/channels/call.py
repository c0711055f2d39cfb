"""What a local program may ask of the daemon: one line of JSON, checked before anything is done with it."""

from datetime import date, datetime
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from claw.base.action import Json
from claw.channels.lookback import MOST_TICKED
from claw.channels.routined import MOST_DAYS
from claw.channels.routined import Deed as RoutineDeed
from claw.gate.plan import MOST_ACTIONS
from claw.skills.deciding import Deed
from claw.skills.folder import MOST_FILES

LONGEST_AUDIO = 700_000
"""In base64: sixteen seconds of what a microphone gives; nobody's command is longer."""

Word = Literal[
    "say",
    "act",
    "answer",
    "pending",
    "status",
    "house",
    "stop",
    "reset",
    "pause",
    "resume",
    "drill",
    "log",
    "log_checkpoint",
    "log_seal",
    "log_erase",
    "follow",
    "why",
    "who",
    "trace",
    "undo",
    "policy_explain",
    "policy_check",
    "policy_ground",
    "policy_reload",
    "names",
    "names_approve",
    "sign_in_code",
    "clients",
    "client_add",
    "client_revoke",
    "people",
    "people_add",
    "people_first",
    "people_revoke",
    "people_admit",
    "memory",
    "memory_search",
    "memory_why",
    "memory_add",
    "memory_correct",
    "memory_forget",
    "memory_export",
    "memory_proposals",
    "memory_settle",
    "memory_consents",
    "memory_consent",
    "memory_night",
    "memory_sleep",
    "skills",
    "skill",
    "skill_history",
    "skill_compare",
    "skill_decide",
    "skill_prove",
    "skill_import",
    "skill_export",
    "routines",
    "routine",
    "routine_next",
    "routine_history",
    "routine_day",
    "routine_say",
    "routine_add",
    "routine_decide",
    "routine_dry_run",
    "routine_export",
    "routine_test_safety",
    "voice_devices",
    "voice_hear",
    "model_call",
    "telegram",
    "telegram_enrol",
    "telegram_revoke",
    "tools",
    "tool_accept",
    "tool_drop",
]


GUARDED: frozenset[Word] = frozenset(
    {
        "reset",
        "resume",
        "answer",
        "sign_in_code",
        "clients",
        "client_add",
        "client_revoke",
        "log_checkpoint",
        "log_seal",
        "log_erase",
        "names_approve",
        *(
            word
            for word in get_args(Word)
            if word.startswith(("memory", "people", "skill", "routine", "voice", "telegram", "tool"))
        ),
    }
)
"""What a program that Claw itself started may never ask for; a no to a question it may give."""


class Act(BaseModel):
    """One of several acts that are judged as one plan."""

    model_config = ConfigDict(extra="forbid")

    action: str
    entities: tuple[str, ...] = ()
    data: dict[str, Json] = Field(default_factory=dict)


class Call(BaseModel):
    """One line from a local program: ``do`` names what to do, the rest are its arguments."""

    model_config = ConfigDict(extra="forbid")

    do: Word
    text: str = ""
    conversation: str = Field(default="", max_length=100)
    language: str | None = Field(default=None, max_length=35)
    key: str = Field(default="", max_length=64)
    attended: bool = False  # a turn that ends when the caller hangs up; one with a key goes on
    id: str = ""
    yes: bool = False
    without: tuple[int, ...] = Field(default=(), max_length=MOST_ACTIONS)
    number: str = Field(default="", max_length=10)
    grant_s: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    reason: str = ""
    after: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=1000)
    newest_first: bool = False
    seq: int = Field(default=0, ge=0)
    since: str = Field(default="", max_length=20)
    tick: tuple[str, ...] = Field(default=(), max_length=MOST_TICKED)
    dry_run: bool = False
    name: str = ""
    action: str = ""
    entities: tuple[str, ...] = ()
    data: dict[str, Json] = Field(default_factory=dict)
    acts: tuple[Act, ...] = Field(default=(), max_length=MOST_ACTIONS)  # instead of the three before
    person: str | None = None
    channel: str = ""
    rights: tuple[str, ...] = ()
    days: int = Field(default=365, ge=1, le=3650)
    seconds: float | None = Field(default=None, gt=0, le=30 * 86_400)
    kind: str = Field(default="", max_length=20)
    private: bool = False
    everything: bool = False
    undo: bool = False
    here: bool = False  # of this talk only
    habits: bool | None = None
    talks: bool | None = None
    deed: Deed | RoutineDeed | None = None
    hash: str = Field(default="", max_length=64)
    old: str = Field(default="", max_length=64)
    dates: tuple[date, ...] = Field(default=(), max_length=MOST_DAYS)
    before: datetime | None = None
    files: dict[str, str] = Field(default_factory=dict, max_length=MOST_FILES)
    token: str = Field(default="", max_length=200, repr=False)
    audio: str = Field(default="", max_length=LONGEST_AUDIO)
