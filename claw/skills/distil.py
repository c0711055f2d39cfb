"""From requests that were answered well to the folder of a skill: everything of it is worked out, nothing is asked.

No model has a part in this.  What it may do is what was seen, or what the parameters let; its tests are the requests
themselves.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import yaml
from pydantic import ValidationError

from claw.base.action import to_json
from claw.base.errors import Invalid, Refused
from claw.house.model import House
from claw.skills.capabilities import capabilities, limits, reads, undo
from claw.skills.document import Prose, written
from claw.skills.generalise import generalise
from claw.skills.manifest import Language, Made, Manifest, Provenance, Triggers
from claw.skills.model import CHANGES, MANIFEST, PROGRAM, PROSE, TESTS, Draft, Files, Trace
from claw.skills.plan import Before, Plan
from claw.skills.reading import read_skill, sealed
from claw.skills.replays import replays
from claw.skills.rewriting import rewritten
from claw.skills.source import Source, source_of
from claw.skills.straight import program
from claw.skills.wishes import wishes
from claw.skills.wording import name, phrases, told

FIRST = "1.0.0"
_SEES = frozenset({"state", "wait_until"})
"""What a program looks at things by: what it then does or says may hang on what it saw."""
_LANGUAGES = frozenset({"en", "de", "fr", "nl", "zh"})


@dataclass(frozen=True, slots=True)
class _Written:
    """The program of a skill, and whether what it does hangs on how the house is."""

    text: str
    decides: bool


def distil(
    traces: Sequence[Trace],
    house: House,
    *,
    called: str = "",
    free: Collection[tuple[int, str]] = (),
    made: Made = "learned",
    taken: Collection[str] = (),
) -> Draft:
    """Return the skill that these requests (one or more, of one kind) are cases of; raises Refused saying why not.

    ``called`` is the name a person gave it, which is also said to run it; ``free`` are values (``Slot.step``,
    ``Slot.key``) that a person said may change; ``taken`` are names of skills that there are.  A demonstration is one
    trace with an empty ``source`` whose ``said`` may be empty where ``called`` is not.
    """
    if not traces or not any(trace.calls for trace in traces):
        raise Refused("nothing was done that could be done again")
    plan = generalise(traces, house, free=free, apart=bool(free) or made == "shown")
    sources = [source_of(trace.source) for trace in traces]
    source = _program(plan, sources, Before(house, traces[-1].before))
    said = {language: ones for language, ones in phrases(plan, traces, called).items() if language in _LANGUAGES}
    if not said:
        raise Refused("what was said is too short to be told from other things; give it a name")
    title = name(said, plan, called, taken)
    heard = [made == "learned" and _heard(plan, at) for at in range(len(traces))]
    does = ("Looks how things are, then: " if source.decides else "") + told(plan, house)
    tests = replays(plan, traces, house, heard=heard, rewritten=source.decides)
    try:
        manifest = _manifest(plan, traces, sources, house, said, made, decides=source.decides)
        files = _files(title, does, manifest, source.text, tests)
        problems = read_skill(sealed(files), title).problems
    except (ValidationError, Invalid) as error:
        raise Refused(f"it would be no skill that could be kept: {_first(error)}") from error
    if problems:
        raise Refused(problems[0])
    people = tuple(dict.fromkeys(trace.origin.person for trace in traces if trace.origin.person))
    return Draft(title, files, made, people, does, tuple(_ids(traces, heard)))


def _manifest(
    plan: Plan,
    traces: Sequence[Trace],
    sources: Sequence[Source],
    house: House,
    said: Mapping[str, tuple[str, ...]],
    made: Made,
    *,
    decides: bool,
) -> Manifest:
    """Return what the skill may do and must come to; raises ValidationError where it has too much of something."""
    spoken: dict[Language, tuple[str, ...]] = {cast("Language", one): ones for one, ones in said.items()}
    return Manifest(
        version=FIRST,
        parameters={one.name: one.spec for one in plan.parameters},
        triggers=Triggers(phrases=spoken),
        may=capabilities(plan, sources[-1].texts if decides else None),
        reads=reads(plan, sources, house),
        limits=limits(plan, traces, looks=decides),
        after=wishes(plan, traces, house, decides=decides),
        undo=undo(traces),
        provenance=_provenance(traces, made),
    )


def _first(error: ValidationError | Invalid) -> str:
    """Return what is wrong, in a few words."""
    if isinstance(error, Invalid):
        return error.problem
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc'][:2]))}: {found['msg']}"


def _program(plan: Plan, sources: Sequence[Source], before: Before) -> _Written:
    """Return the program: written anew where nothing is decided, else the last one with its values replaced."""
    last = sources[-1]
    if last.tree is None or not (last.decides or last.looks):
        return _Written(program(plan, before), decides=False)
    if last.elsewhere:
        raise Refused(f"its program uses {last.elsewhere}(), and what comes of that is not the same each time")
    if last.decides or last.calls & _SEES:
        return _Written(rewritten(plan, sources, before), decides=True)
    return _Written(program(plan, before), decides=False)


def _heard(plan: Plan, at: int) -> bool:
    """Return whether a request, said again, gives the parameters the values that they had."""
    return all(
        one.named[at] is not None or one.values[at] == one.spec.default or one.spec.type == "area"
        for one in plan.parameters
    )


def _ids(traces: Sequence[Trace], heard: Sequence[bool]) -> Iterator[int]:
    """Yield the numbers of the requests that a proof can repeat by their words."""
    return (trace.id for trace, again in zip(traces, heard, strict=True) if again)


def _provenance(traces: Sequence[Trace], made: Made) -> Provenance:
    last = traces[-1]
    runs = tuple(trace.entry for trace in traces if trace.entry is not None)
    return Provenance(made=made, runs=runs, model=last.model[:120], author=(last.origin.person or "")[:120])


def _files(title: str, does: str, manifest: Manifest, source: str, tests: dict[str, Any]) -> Files:
    shape = to_json(manifest.model_dump(mode="json", exclude_none=True, exclude_defaults=True))
    description = f"{does} Use it when somebody says: {'; '.join(manifest.phrases()[:3])}."
    prose = written(Prose(title, description[:1000], _body(does, manifest), metadata={"claw-version": FIRST}))
    return {
        PROSE: prose.encode(),
        MANIFEST: _yaml(shape).encode(),
        PROGRAM: source.encode(),
        f"{TESTS}requests.yaml": _yaml(tests).encode(),
        CHANGES: f"# Changes\n\n## {FIRST}\n\n- Made from {_from(manifest)}.\n".encode(),
    }


def _from(manifest: Manifest) -> str:
    many = len(manifest.provenance.runs)
    if manifest.provenance.made == "shown":
        return "what was shown"
    return "one request" if many <= 1 else f"{many} requests"


def _body(does: str, manifest: Manifest) -> str:
    lines = [f"# {does}", "", "Said to run it:", ""]
    lines += [f"- {phrase}" for phrase in manifest.phrases()]
    return "\n".join(lines) + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes everything out, as the reader of such files wants it (``claw/base/documents.py``)."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _yaml(value: object) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
