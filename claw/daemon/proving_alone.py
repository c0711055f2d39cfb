"""Proofs with no daemon there: the skills of some folders in the demo's house, or in one that somebody wrote down.

For the command line and for whoever writes a skill.  Nothing of a running daemon is read or written.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from claw.base.config import Config, HouseConfig
from claw.base.errors import Refused
from claw.daemon.build import proved_house
from claw.daemon.declared import people_of
from claw.daemon.proving import OWNER, Household, demo, opened, proving
from claw.daemon.proving_sentences import Heard
from claw.gate.children import Children
from claw.house.file import load_house
from claw.house.model import House
from claw.mind.intents import Intents
from claw.mind.language import SHIPPED
from claw.policy.people import People
from claw.skills import places
from claw.skills.folder import read_folder
from claw.skills.lock import skill_folders
from claw.skills.model import PROSE, Report, Skill
from claw.skills.proof import Effort, Step
from claw.skills.proving import FULL, Prover
from claw.skills.reading import read_skill, sealed


def folders(state: Path) -> Mapping[str, Path]:
    """Return the folders of all skills by name, the home's own in the state directory before those that ship."""
    found: dict[str, Path] = {}
    for place in (places.shipped(), places.own(state)):
        if place is not None:
            found |= {folder.name: folder for folder in _in(place)}
    return dict(sorted(found.items()))


def skill_at(folder: Path) -> Skill:
    """Return the skill in a folder, with its problems; raises Invalid where it is none.

    One that is still being written and lists no files is taken as if it were sealed, as an import does it.
    """
    shipped = places.shipped()
    files = read_folder(folder, installed=shipped is not None and folder.parent == shipped)
    skill = read_skill(files, folder.name)
    return skill if skill.manifest.files else read_skill(sealed(files), folder.name)


def find(name: str, state: Path) -> Path:
    """Return the folder of the skill of that name, or the one at that path; raises Refused where there is none."""
    there = folders(state)
    if name in there:
        return there[name]
    path = Path(name).absolute()
    if not (path / PROSE).exists():
        raise Refused(f"there is no skill {name!r}; there are {', '.join(there) or 'none'}")
    return path


async def proved(
    skills: Sequence[Skill],
    house: Path | House | None = None,
    effort: Effort = FULL,
    step: Callable[[Skill], Step] = lambda _skill: lambda _kind, _name: None,
) -> AsyncGenerator[Report]:
    """Give the report of each skill as it is proved in ``house``, its file or itself; None is the demo's.

    Raises Invalid for a house file that is none, Unavailable.
    """
    known = demo().house if house is None else load_house(house) if isinstance(house, Path) else house
    household = _household(known) if house is not None else None
    others = [skill_at(folder) for folder in _shipped()]
    intents = Intents(SHIPPED)
    intents.refresh(known.registry)
    heard = Heard(intents, lambda: known, lambda: [(one.name, one.manifest) for one in (*others, *skills)])
    async with proving(household, proved_house, Children(), lambda: False) as thrown_away:
        for skill in skills:
            yield await Prover(thrown_away, heard, effort, step=step(skill)).prove(skill)


def _shipped() -> Sequence[Path]:
    place = places.shipped()
    return _in(place) if place is not None else []


def _in(place: Path) -> list[Path]:
    return [folder for folder in skill_folders(place) if (folder / PROSE).exists()]


def _household(house: House) -> Household:
    """Return a household whose rules allow what is not risky, so that only the skill's own rights count."""
    people = people_of(Config(house=HouseConfig(simulated=Path("house.yaml"))), house)
    if not any(one.role == "owner" for one in people):
        people = People([OWNER, *people])
    return Household(lambda: house, lambda: replace(opened().rules, people=people))
