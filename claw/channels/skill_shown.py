"""One skill as a channel may show it: what it may do in plain words, how far it is trusted and why, what became of it.

Every text in it came from people, folders or devices, so that it is made harmless here.  What somebody said is shown
to them and to nobody else, also where a test or a report quotes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from claw.base.action import Json
from claw.channels.shown import shown
from claw.house.model import Registry
from claw.house.text import plain
from claw.memory.model import Audience
from claw.policy.people import People
from claw.skills.model import TESTS, Files, Report, Skill, Standing
from claw.skills.plain import Change, in_words
from claw.skills.runs import SkillRun
from claw.skills.standings import Event, Version

LONGEST = 400
MOST_LINES = 400
"""Lines of a difference that are shown for one file."""
MOST_COMPARED = 2000
"""Lines of one file that are compared: to compare takes longer than lines are many."""
OF_PEOPLE = frozenset({"learned", "shown"})
"""Ways in which a skill is made of what people said or did."""


@dataclass(frozen=True)
class Known:
    """What people and things are called."""

    people: People
    registry: Registry

    def person(self, ident: str | None) -> str:
        """Return a person's name, the empty text for nobody; somebody who has left goes by their id."""
        if not ident:
            return ""
        known = self.people.get(ident)
        return plain(known.name if known else ident)


def own(standing: Standing, audience: Audience) -> bool:
    """Return whether every word that went into a skill may be shown: nobody else's is in it."""
    made_of_words = standing.made in OF_PEOPLE or bool(standing.people)
    return not made_of_words or set(standing.people) == {audience.person}


def title(name: str) -> str:
    """Return what a skill is called: its name with spaces."""
    return plain(name.replace("-", " "))


def row_json(skill: Skill, standing: Standing, known: Known, can: Sequence[str]) -> dict[str, Json]:
    """Return a skill in one line, with what this viewer may ask to be done with it."""
    phrases = skill.manifest.triggers.phrases if skill.manifest.triggers else None
    return {
        "name": skill.name,
        "title": title(skill.name),
        "description": plain(skill.description, LONGEST),
        "version": skill.version,
        "hash": skill.hash,
        "kind": skill.manifest.kind,
        "state": standing.state,
        "enabled": standing.enabled,
        "made": standing.made,
        "why": plain(standing.why, LONGEST),
        "agreed": standing.agreed,
        "short": in_words(skill.manifest, known.registry).short,
        "phrases": {code: [plain(one, 200) for one in ones] for code, ones in (phrases or {}).items()},
        "people": [known.person(one) for one in standing.people],
        "accepted_by": known.person(standing.accepted_by),
        "accepted_at": standing.accepted_at.isoformat() if standing.accepted_at else None,
        "changed": standing.changed.isoformat() if standing.changed else None,
        "last_run": standing.last_run.isoformat() if standing.last_run else None,
        "problems": [plain(one, LONGEST) for one in skill.problems],
        "can": list(can),
    }


def whole_json(skill: Skill, known: Known) -> dict[str, Json]:
    """Return all that a manifest says, in sentences, with the program and the prose as they stand there."""
    manifest = skill.manifest
    told, made = in_words(manifest, known.registry), manifest.provenance
    return {
        "may": [{"text": text, "risky": risky} for text, risky in zip(told.may, told.risky, strict=True)],
        "reads": list(told.reads),
        "asks": told.asks,
        "limits": told.limits,
        "takes": list(told.takes),
        "when": list(told.when),
        "before": list(told.before),
        "after": list(told.after),
        "undo": told.undo,
        "visibility": manifest.visibility,
        "author": known.person(made.author),
        "model": plain(made.model),
        "program": shown(skill.program),
        "prose": shown(skill.prose),
        "tests": len(skill.tests),
    }


def version_json(version: Version, present: str) -> dict[str, Json]:
    """Return one kept version, and whether it is the one that stands now."""
    return {
        "version": plain(version.version),
        "hash": version.hash,
        "created": version.created.isoformat(),
        "proved": version.proved,
        "present": version.hash == present,
    }


def report_json(report: Report | None, *, words: bool) -> Json:
    """Return what a proof found; why a case did not hold may quote somebody, so that it needs ``words``."""
    if report is None:
        return None
    kinds = dict.fromkeys(case.kind for case in report.cases)
    return {
        "green": report.green,
        "ms": round(report.ms),
        "cases": {kind: sum(case.kind == kind for case in report.cases) for kind in kinds},
        "failed": [
            {"kind": case.kind, "name": plain(case.name, LONGEST), "why": plain(case.why, LONGEST)}
            if words
            else {"kind": case.kind, "name": "", "why": ""}
            for case in report.failed()
        ],
    }


def event_json(event: Event, known: Known) -> dict[str, Json]:
    """Return one step of a skill's life."""
    return {
        "at": event.at.isoformat(),
        "version": plain(event.version),
        "what": plain(event.what),
        "why": plain(event.why, LONGEST),
        "person": known.person(event.person),
        "entry": event.entry,
    }


def run_json(run: SkillRun, known: Known, audience: Audience) -> dict[str, Json]:
    """Return one run; what was said, and the values that came of it, only to who said it."""
    mine = run.person is not None and run.person == audience.person
    return {
        "at": run.at.isoformat() if run.at else None,
        "version": plain(run.version),
        "mode": run.mode,
        "person": known.person(run.person),
        "said": plain(run.said, LONGEST) if mine else "",
        "arguments": shown(run.arguments) if mine else {},
        "calls": len(run.calls),
        "outcome": plain(run.outcome),
        "held": run.held,
        "why": plain(run.why, LONGEST) if mine else "",
        "undone": run.undone.isoformat() if run.undone else None,
        "ms": round(run.ms, 1),
        "entry": run.entry,
    }


def difference(old: Files, new: Files, *, words: bool) -> list[dict[str, Json]]:
    """Return per changed file the lines that went and came; tests hold what was said, so that they need ``words``."""
    return [
        {"path": plain(path, 200), "lines": _lines(old.get(path, b""), new.get(path, b""))}
        if words or not path.startswith(TESTS)
        else {"path": plain(path, 200), "lines": []}
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]


def _lines(old: bytes, new: bytes) -> list[str]:
    import difflib  # noqa: PLC0415  nobody compares versions often

    before, after = (data.decode(errors="replace").splitlines()[:MOST_COMPARED] for data in (old, new))
    found = list(difflib.unified_diff(before, after, n=2, lineterm=""))[2:]
    lines = [line[:1] + shown(line[1:]) for line in found[:MOST_LINES]]  # behind the mark it may be indented
    return [*lines, f"(and {len(found) - MOST_LINES} more lines)"] if len(found) > MOST_LINES else lines


def change_json(change: Change) -> dict[str, Json]:
    """Return what a version may do that the other might not, and the other way."""
    return {"more": list(change.more), "less": list(change.less)}
