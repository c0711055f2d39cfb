"""How each way to Claw is, and what a yes counts for there: who may say yes to what is the policy's, by these terms."""

from collections.abc import Iterator, Mapping
from typing import Final

from claw.base.action import Json, Strength
from claw.base.config_channels import ChannelsConfig
from claw.care.doctor_case import Case
from claw.care.doctor_policy import rules_of
from claw.care.finding import Finding
from claw.gate.answering import RISKY_STRENGTH, STRENGTHS
from claw.policy.globs import channel_matcher
from claw.policy.rules import Rule
from claw.policy.verdicts import SILENT_CHANNELS

ABOUT = "channels"
PAGE: Final[Mapping[str, Strength]] = {"web": "session", "cli": "session"}
ASK_ONLY = frozenset({"mqtt", "openai", "mcp"})
"""Ways by which things are asked for and no question is answered."""
NAMES: Final[Mapping[str, str]] = {
    "web": "The page",
    "cli": "The command line",
    "phone": "Phones",
    "telegram": "Telegram",
    "mqtt": "MQTT",
    "openai": "Programs by /v1",
    "mcp": "Programs by MCP",
    "voice": "A voice",
    "ntfy": "ntfy",
    "webhook": "The webhook",
}


def channels(case: Case) -> Iterator[Finding]:
    """Give how every channel is, and what may be said yes to through it."""
    settings = case.config.channels if case.config is not None else None
    told = (case.status or {}).get("channels")
    for row in told if isinstance(told, list) else ():
        if isinstance(row, dict) and row.get("ready") is not True:
            name = NAMES.get(str(row.get("kind")), str(row.get("kind")))
            text = f"{name} does not work: {row.get('detail') or 'it does not say why'}."
            yield Finding(ABOUT, "problem", text, _page_of(str(row.get("kind"))))
    found = rules_of(case)
    asking = [rule for rule in found.policy.rules if rule.terms is not None] if found is not None else []
    if asking:
        for kind, strength in _proofs(settings, told).items():
            yield _rights(kind, strength, asking)
    if case.wanted.security and settings is not None:
        yield from _trusted(settings)


def _proofs(settings: ChannelsConfig | None, told: Json) -> dict[str, Strength | None]:
    """Return the ways there are, each with how well it proves somebody, None where it carries no yes."""
    found: dict[str, Strength | None] = {**PAGE}
    if settings is not None:
        phones = {phone.proves for phone in settings.phones}
        if phones:
            found["phone"] = "session" if "session" in phones else "tap"
        if settings.telegram is not None:
            found["telegram"] = settings.telegram.proves
    for row in told if isinstance(told, list) else ():
        if isinstance(row, dict) and row.get("kind") in ASK_ONLY:
            found[str(row["kind"])] = None
    return found


def _rights(kind: str, strength: Strength | None, asking: list[Rule]) -> Finding:
    name = NAMES.get(kind, kind)
    if strength is None:
        return Finding(ABOUT, "ok", f"{name}: things may be asked for, and no question is answered there.")
    taken = sum(_takes(rule, kind, strength) for rule in asking)
    risky = "also to what is risky" if _rank(strength) >= _rank(RISKY_STRENGTH) else "never to what is risky"
    proof = {"tap": "a tap", "session": "somebody signed in", "signed": "a signature"}[strength]
    text = f"{name}: {proof} is proved; a yes counts for {taken} of the {len(asking)} rules that ask, {risky}."
    return Finding(ABOUT, "ok", text)


def _takes(rule: Rule, kind: str, strength: Strength) -> bool:
    terms = rule.terms
    if terms is None:
        return False
    through = channel_matcher(terms.channels)(kind) if terms.channels else kind not in SILENT_CHANNELS
    signed = terms.strength == "signed" and kind == "web"  # a passkey signs on the page
    return through and (signed or _rank(strength) >= _rank(terms.strength))


def _rank(strength: Strength) -> int:
    return STRENGTHS.index(strength)


def _trusted(settings: ChannelsConfig) -> Iterator[Finding]:
    """Give where a tap is believed like a signed-in page."""
    mend = "Take proves: session away, where not every such device asks for its lock first."
    for phone in settings.phones:
        if phone.proves == "session":
            text = f"A tap on {phone.service} counts like a signed-in page, also for what is risky."
            yield Finding(ABOUT, "note", text, mend)
    if settings.telegram is not None and settings.telegram.proves == "session":
        text = "A tap in Telegram counts like a signed-in page, also for what is risky."
        yield Finding(ABOUT, "warning", text, mend)


def _page_of(kind: str) -> str:
    pages = {"telegram": "telegram", "phone": "phone", "mqtt": "mqtt", "mcp": "mcp", "openai": "openai"}
    return f"docs/{pages[kind]}.md says what it needs." if kind in pages else "See channels: in the configuration."
