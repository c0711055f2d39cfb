"""One proposal that mends what still names things which the house has no more: files, routines, memories and skills.

Nothing is changed here.  The changed texts are held in memory, read as the daemon would read them, and put to the
policy's own tests; what may be done about each newcomer is held against what might be done about the thing before it.
"""

import contextlib
import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

from claw.base.config import Config
from claw.base.documents import parse_document
from claw.base.errors import Invalid, Refused
from claw.care.repair_kept import Kept, Use, mentioned, rewritten
from claw.care.repair_match import Asked, Gone, Pair, matched
from claw.care.repair_text import CONFIG, DECIDING, POLICY, Named, names, replaced
from claw.care.repair_verdicts import as_before, widened
from claw.house.file import ENTITY_ID
from claw.house.model import House, Registry
from claw.policy.decide import Policy
from claw.policy.difference import Difference, differences, unseen
from claw.policy.load import parse_policy
from claw.policy.people import People
from claw.policy.review import check
from claw.policy.testing import Result, read_tests, results
from claw.skills.model import MANIFEST, PROGRAM, PROSE

RENAMED: Final = "it was renamed: the same thing in Home Assistant's registry"
SAID: Final = "you said so"
_VERSION: Final = re.compile(r"^(version:\s*[\"']?)(\d+\.\d+\.)(\d{1,9})\b", re.MULTILINE)


@dataclass(frozen=True)
class About:
    """What is mended: the files that count, with their texts, and all that they are held against.

    ``config_text`` is empty where there is no configuration.  ``skills`` are the texts of the household's own.
    """

    policy: Path
    policy_text: str
    config: Path
    config_text: str
    people: People
    actions: Collection[str]
    house: House
    kept: Kept = field(default_factory=Kept)
    skills: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])


@dataclass(frozen=True)
class Changed:
    """One text before and after; ``skill`` is the skill it belongs to, empty for policy and configuration."""

    path: str
    before: str
    after: str
    skill: str = ""

    @property
    def diff(self) -> str:
        """The unified diff; a line ends with a line feed and nowhere else."""
        before, after = (StringIO(text, newline="\n").readlines() for text in (self.before, self.after))
        made = difflib.unified_diff(before, after, self.path, self.path)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in made)


@dataclass(frozen=True)
class Judged:
    """What the mended policy is worth: ``problems`` keep it from counting, ``open_risks`` it left not open before.

    ``wider`` is what a newcomer, or something that hangs on one, might do that the thing before it might not.
    ``differences`` and ``also`` are what changes against today, where the things that are gone may do nothing.
    """

    problems: tuple[str, ...] = ()
    tests: tuple[Result, ...] = ()
    open_risks: tuple[str, ...] = ()
    wider: tuple[Difference, ...] = ()
    differences: tuple[Difference, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Result, ...]:
        """The policy's own tests that do not hold."""
        return tuple(one for one in self.tests if not one.passed)


@dataclass(frozen=True)
class Proposal:
    """The whole mapping, and what it would change; ``by_hand`` are ids that no text edit reaches, with their file."""

    pairs: tuple[Pair, ...] = ()
    asked: tuple[Asked, ...] = ()
    files: tuple[Changed, ...] = ()
    uses: tuple[Use, ...] = ()
    by_hand: tuple[tuple[str, Named], ...] = ()
    judged: Judged = field(default_factory=Judged)
    unknown: int = 0

    @property
    def new(self) -> Mapping[str, str]:
        """Newcomers' ids by those of the things that are gone."""
        return {pair.old: pair.new for pair in self.pairs}

    @property
    def written(self) -> tuple[Changed, ...]:
        """The files that may be written: policy and configuration."""
        return tuple(one for one in self.files if not one.skill)


def propose(about: About, said: Mapping[str, str], now: datetime) -> Proposal:
    """Return what would mend the house of ``about``; ``said`` are newcomers by what a person says they replace.

    ``now`` carries its zone.  Raises Invalid for a policy or configuration that cannot be read at all, Refused for a
    ``said`` that names no such things.
    """
    old = parse_policy(about.policy_text, str(about.policy), about.people, None, about.actions)
    registry = about.house.registry
    in_policy = _ids(names(about.policy_text, POLICY))
    in_config = _ids(names(about.config_text, CONFIG)) if about.config_text else frozenset[str]()
    renamed = {key: new for key, new in {**registry.renamed, **about.kept.renamed}.items() if new}
    _check(about, said, in_policy | in_config)
    same = [Pair(one, renamed[one], RENAMED, same=True) for one in sorted(in_policy & renamed.keys() - said.keys())]
    spoken = [Pair(key, new, SAID, said=True) for key, new in said.items()]
    lost = _gone(about, (in_policy - renamed.keys()) | in_config)
    taken = {pair.new for pair in (*same, *spoken)} | in_policy | in_config
    taken |= {use.entity_id for use in about.kept.uses if not use.gone}
    guessed, asked = matched([one for one in lost if one.entity_id not in said], registry, taken)
    pairs = (*same, *spoken, *guessed)
    new = {pair.old: pair.new for pair in pairs}
    policy_text, left = replaced(about.policy_text, POLICY, new)
    by_hand = [(str(about.policy), one) for one in left]
    in_use = {pair.old: pair.new for pair in pairs if not (pair.same and pair.old in registry.entities)}
    config_text, left = replaced(about.config_text, CONFIG, in_use) if about.config_text else ("", [])
    by_hand += [(str(about.config), one) for one in left]
    changed = [
        Changed(str(about.policy), about.policy_text, policy_text),
        Changed(str(about.config), about.config_text, config_text),
        *_skills(about, {key: one for key, one in in_use.items() if key not in registry.entities or key in said}),
    ]
    uses = tuple(use for use in about.kept.uses if use.entity_id in new and (use.gone or use.entity_id in said))
    return Proposal(
        pairs,
        asked,
        tuple(one for one in changed if one.before != one.after),
        uses,
        tuple(by_hand),
        _judged(about, old, policy_text, config_text, new, now),
        about.kept.unknown,
    )


def _ids(found: list[Named]) -> frozenset[str]:
    """Return the whole ids among names; a glob is nobody's id."""
    return frozenset(one.entity_id for one in found if ENTITY_ID.fullmatch(one.entity_id))


def known(about: About, old: str, new: str) -> bool:
    """Return whether something still names ``old``, and the house has ``new``: whether it can be said again."""
    with contextlib.suppress(Refused):
        in_policy, text = _ids(names(about.policy_text, POLICY)), about.config_text
        _check(about, {old: new}, in_policy | (_ids(names(text, CONFIG)) if text else frozenset()))
        return True
    return False


def _check(about: About, said: Mapping[str, str], in_files: Collection[str]) -> None:
    """Raise Refused where what was said speaks of nothing."""
    texts = [text for skill in about.skills.values() for text in skill.values()]
    known = {*in_files, *(use.entity_id for use in about.kept.uses), *mentioned(texts, said)}
    for old, new in said.items():
        if old not in known:
            raise Refused(f"nothing names {old}: there is nothing to replace")
        if new not in about.house.registry.entities:
            raise Refused(f"the house has no {new}")


def _gone(about: About, in_files: Collection[str]) -> list[Gone]:
    """Return everything that is named and gone, by its id."""
    registry = about.house.registry
    uses = [use for use in about.kept.uses if use.gone]
    decide = _ids(names(about.policy_text, DECIDING)) | (
        _ids(names(about.config_text, DECIDING)) if about.config_text else frozenset()
    )
    ids = {one for one in in_files if one not in registry.entities or registry.renamed.get(one) == ""}
    # What looks like an id in a skill may be anybody's, of a test's house or an action: only what was here is gone.
    texts = [files.get(path, "") for files in about.skills.values() for path in (MANIFEST, PROGRAM)]
    ids |= mentioned(texts, {one for _, one in about.kept.order} - registry.entities.keys())
    found: list[Gone] = []
    for one in sorted(ids | {use.entity_id for use in uses}):
        called = tuple(use.name for use in uses if use.entity_id == one and use.name)
        there = registry.entities.get(one)
        found.append(Gone(one, called, one in decide, about.kept.before(one), there is not None and one not in ids))
    return found


def _skills(about: About, new: Mapping[str, str]) -> Iterator[Changed]:
    """Give the changed files of own skills."""
    for skill, files in about.skills.items():
        after = {path: rewritten(text, new) for path, text in files.items()}
        found = _VERSION.search(after.get(MANIFEST, ""))
        if after != files and found is not None:  # other bytes are another version, or nobody would take them
            was, now = found[2] + found[3], f"{found[2]}{int(found[3]) + 1}"
            for path in {MANIFEST, PROSE} & after.keys():
                said = re.compile(rf"^(\s*(?:claw-)?version:\s*[\"']?){re.escape(was)}\b", re.MULTILINE)
                after[path] = said.sub(rf"\g<1>{now}", after[path], count=1)
        for path, text in files.items():
            yield Changed(f"skills/{skill}/{path}", text, after[path], skill)


def _judged(
    about: About, old: Policy, policy_text: str, config_text: str, pairs: Mapping[str, str], now: datetime
) -> Judged:
    """Return what the changed texts are worth: read, held against this house, tested, and compared."""
    registry = about.house.registry
    entities = {key: replace(one, former=None) for key, one in registry.entities.items()}
    house = House(replace(registry, entities=MappingProxyType(entities)), about.house.states)
    people = People(
        replace(one, entity=pairs.get(one.entity or "", one.entity)) for one in about.people
    )  # a changed configuration counts for the policy too
    problems: list[str] = []
    if config_text:
        try:
            parse_document(config_text, str(about.config), Config)
        except Invalid as error:
            problems.append(str(error))
    try:
        new = parse_policy(policy_text, str(about.policy), people, None, about.actions)
        document = read_tests(policy_text, str(about.policy))
    except Invalid as error:
        return Judged((*problems, str(error)))
    tests = tuple(results(document, new, house.registry))
    try:
        parse_policy(policy_text, str(about.policy), people, house.registry, about.actions)
    except Invalid as error:
        problems.append(str(error))
    moved = {key: one for key, one in pairs.items() if key != one}
    if policy_text == about.policy_text and config_text == about.config_text:
        return Judged(tuple(problems), tests)
    was = {(rule, rewritten(text, moved)) for rule, text in _open(old, as_before(house.registry, moved), about.actions)}
    open_risks = [
        f"{rule}: {text}" for rule, text in _open(new, house.registry, about.actions) if (rule, text) not in was
    ]
    found = differences(old, new, house, now, about.actions)
    return Judged(
        tuple(problems),
        tests,
        tuple(open_risks),
        tuple(widened(old, new, house, now, about.actions, moved)),
        tuple(found),
        tuple(unseen(old, new, found)),
    )


def _open(policy: Policy, registry: Registry, actions: Collection[str]) -> list[tuple[str | None, str]]:
    """Return what a policy leaves open in a house: the rule, and the sentence."""
    return [(one.rule, one.text) for one in check(policy, registry, actions, None) if one.level == "error"]
