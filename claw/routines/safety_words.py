"""What is said in danger: short, the same each time, and never a model's words."""

from collections.abc import Mapping, Sequence

from claw.policy.safety import SafetyKind

NAMES: Mapping[SafetyKind, str] = {
    "smoke": "Smoke alarm",
    "co": "Carbon monoxide alarm",
    "gas": "Gas alarm",
    "leak": "Water alarm",
    "freeze": "Frost alarm",
}
"""What the routines are called."""

MOST_NAMED = 6

_ALARMS: Mapping[str, Mapping[SafetyKind, str]] = {
    "en": {
        "smoke": "SMOKE! Reported by {where}.",
        "co": "CARBON MONOXIDE! Reported by {where}. Get everybody outside into fresh air.",
        "gas": "GAS! Reported by {where}. No flame and no switch: get everybody outside.",
        "leak": "WATER! Reported by {where}.",
        "freeze": "FROST! Too cold, pipes may freeze: {where}.",
    },
    "de": {
        "smoke": "RAUCH! Gemeldet von {where}.",
        "co": "KOHLENMONOXID! Gemeldet von {where}. Alle sofort hinaus an die frische Luft.",
        "gas": "GAS! Gemeldet von {where}. Kein Feuer, kein Schalter: alle sofort hinaus.",
        "leak": "WASSER! Gemeldet von {where}.",
        "freeze": "FROST! Zu kalt, Leitungen können einfrieren: {where}.",
    },
    "fr": {
        "smoke": "FUMÉE ! Signalée par {where}.",
        "co": "MONOXYDE DE CARBONE ! Signalé par {where}. Tout le monde dehors, à l'air frais.",
        "gas": "GAZ ! Signalé par {where}. Ni flamme ni interrupteur : tout le monde dehors.",
        "leak": "EAU ! Signalée par {where}.",
        "freeze": "GEL ! Trop froid, les conduites peuvent geler : {where}.",
    },
    "nl": {
        "smoke": "ROOK! Gemeld door {where}.",
        "co": "KOOLMONOXIDE! Gemeld door {where}. Iedereen direct naar buiten, frisse lucht in.",
        "gas": "GAS! Gemeld door {where}. Geen vuur en geen schakelaar: iedereen direct naar buiten.",
        "leak": "WATER! Gemeld door {where}.",
        "freeze": "VORST! Te koud, leidingen kunnen bevriezen: {where}.",
    },
    "zh": {
        "smoke": "烟雾警报！来自{where}。",  # noqa: RUF001  Chinese punctuation
        "co": "一氧化碳警报！来自{where}。请所有人立即到室外通风处。",  # noqa: RUF001  Chinese punctuation
        "gas": "燃气警报！来自{where}。不要用火、不要碰开关，请所有人立即离开。",  # noqa: RUF001  Chinese punctuation
        "leak": "漏水警报！来自{where}。",  # noqa: RUF001  Chinese punctuation
        "freeze": "霜冻警报！温度过低，水管可能结冰：{where}。",  # noqa: RUF001  Chinese punctuation
    },
}


_TRIED: Mapping[str, str] = {
    "en": "Only a try, no danger: ",
    "de": "Nur ein Versuch, keine Gefahr: ",
    "fr": "Simple essai, aucun danger : ",
    "nl": "Alleen een proef, geen gevaar: ",
    "zh": "仅为试验，并无危险：",  # noqa: RUF001  Chinese punctuation
}


def alarm(kind: SafetyKind, where: Sequence[str], language: str | None, *, tried: bool = False) -> str:
    """Return what everybody is told; ``where`` are the detectors, of which there is one at least.

    ``tried``: somebody has it run, and no detector tells of anything.
    """
    named = ", ".join(where[:MOST_NAMED]) + (f" (+{len(where) - MOST_NAMED})" if len(where) > MOST_NAMED else "")
    spoken = (language or "en").partition("-")[0]
    spoken = spoken if spoken in _ALARMS else "en"
    return (_TRIED[spoken] if tried else "") + _ALARMS[spoken][kind].format(where=named or "?")


def languages() -> Sequence[str]:
    """Return the languages that there are words in."""
    return tuple(_ALARMS)
