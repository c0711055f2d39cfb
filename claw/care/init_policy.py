"""The first ``policy.yaml`` of a home, as text, with tests that name its own doors; home and decisions in, text out.

Nothing is in it that this house does not have, except kinds of actions: a lock that is bought next year is asked about
by the rules that stand there already.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from claw.care.init_choices import Choices
from claw.care.init_home import Home
from claw.care.init_risks import RiskyThing, risky_things
from claw.care.init_rules import SECTIONS
from claw.house.model import Registry
from claw.policy.people import ROLES
from claw.policy.risky import risky_actions

MOST_TESTED = 60
"""Things of one kind that get tests of their own: a file of thousands would be read by nobody."""

_HOT = {"°C": "{min: 50, max: 60, unit: °C}", "°F": "{min: 122, max: 140, unit: °F}"}
_ROOMS = {"child": ("child",), "guest": ("guest",), "help": ("service",), "own-blinds": ("child", "guest", "service")}
"""The rules about rooms of somebody's own, with the roles that they are for."""

_NEVER: Mapping[str, tuple[tuple[str, str], ...]] = {
    "locks": (("unlocking", "deny: [lock.unlock, lock.open]"),),
    "doors": (("doors-and-gates", "deny: [cover.open_cover*, cover.set_cover_*]"),),
    "guards": (
        ("alarm", "deny: alarm_control_panel.alarm_disarm"),
        ("water", "deny: [valve.open_valve, valve.set_valve_position]"),
        ("siren", "deny: siren.*"),
        ("blinding", "deny: [camera.turn_off, camera.disable_motion_detection]"),
    ),
}
"""Which rules a household turns into denials that wants a kind of thing never moved, and what they then deny."""

_RULE = re.compile(r"^  - id: (\S+)\n", re.MULTILINE)

_HEAD = """\
# What Claw may do in this house, made by `claw init`. Change it as you like: a second run keeps what you changed.
# docs/policy.md describes every key. `claw policy check policy.yaml` says what is wrong or odd about it.
# The strongest rule wins, whatever the order: deny, then confirm, then allow. What no rule speaks about is denied.
# `exposed: true` is what Home Assistant lists under Voice assistants, Expose: a lamp that you expose there needs no
# change here. What is risky is never opened by that.
version: 1

rules:
"""


def policy_text(home: Home, choices: Choices) -> str:
    """Return the whole file."""
    registry = home.house.registry
    things = risky_things(registry)
    parts = [
        _HEAD,
        "\n".join(_sections(choices, registry)),
        "\n",
        _hints(registry, things),
        _tests(home, choices, things),
    ]
    return "".join(parts)


def _sections(choices: Choices, registry: Registry) -> Iterator[str]:
    low, high = choices.heat
    unit = registry.temperature_unit if registry.temperature_unit in _HOT else "°C"
    figures = {
        "@WARM@": f"{{min: {low:g}, max: {high:g}, unit: {unit}}}",
        "@HOT@": _HOT[unit],
        "@LOW@": f"{low:g} {unit}",
        "@HIGH@": f"{high:g} {unit}",
    }
    denied = {
        rule: text for group, rules in _NEVER.items() if choices.rulings.get(group) == "never" for rule, text in rules
    }
    for title, text in SECTIONS:
        rules = [_ruled(one, rule, denied) for one, rule in _rules(text) if _fits(one, choices)]
        for key, value in figures.items():
            rules = [rule.replace(key, value) for rule in rules]
        yield "".join((f"  # --- {title}\n", *rules))


def _rules(text: str) -> Iterator[tuple[str, str]]:
    starts = [*_RULE.finditer(text)]
    for at, start in enumerate(starts):
        end = starts[at + 1].start() if at + 1 < len(starts) else len(text)
        yield start[1], text[start.start() : end]


def _fits(rule: str, choices: Choices) -> bool:
    """Return whether a rule about rooms has rooms to be about: nobody of its roles may be there without any."""
    meant = [one for one in choices.people if one.role in _ROOMS.get(rule, ())]
    return not meant or any(one.rooms for one in meant)


def _ruled(rule: str, text: str, denied: Mapping[str, str]) -> str:
    if rule not in denied:
        return text
    kept = [f"  - id: {rule}", f"    {denied[rule]}"]
    kept += [line for line in text.splitlines() if line.startswith("    except:")]
    return "\n".join([*kept, "    why: this household wants it never done through Claw"]) + "\n"


def _hints(registry: Registry, things: Sequence[RiskyThing]) -> str:
    lock = next((one.entity_id for one in things if one.group == "locks"), "lock.front_door")
    lights = sorted(one for one in registry.entities if one.startswith("light."))
    lamp = lights[0] if lights else "light.hall"
    return f"""
# What must never be, whoever brings it about, such as an open door in an empty house:
# never:
#   - id: open-and-away
#     when: {{states: {{{lock}: [unlocked, open]}}, home: nobody}}
#     why: the door is not left unlocked while nobody is home

# What is done by itself when a detector tells of danger, besides telling everybody: exactly this, without asking.
# safety:
#   smoke:
#     - {{action: light.turn_on, entities: {lamp}}}

"""


def _tests(home: Home, choices: Choices, things: Sequence[RiskyThing]) -> str:
    rows = ["# Sentences that must stay true; a file whose tests fail does not come into force.", "tests:"]
    rows += [f"  - {row}" for row in (*_ALWAYS, *_of_people(), *_of_risky(home, choices, things), *_of_lamps(home))]
    rows += [f"  - {row}" for row in _of_heating(home, choices)]
    return "\n".join(rows) + "\n"


_ALWAYS = (
    "{action: claw.notify, as: {channel: system}, expect: allow, rule: talk}",
    "{action: claw.read_presence, as: {role: adult}, expect: allow, rule: whereabouts}",
    "{action: claw.read_presence, as: {channel: voice}, expect: deny}",
    "{action: claw.forget_all, as: {role: adult}, expect: deny}",
    "{action: claw.schedule, as: {channel: routine, routine: any}, expect: deny, rule: routines-by-themselves}",
    "{action: claw.schedule, as: {role: owner, tainted: true}, expect: confirm, rule: routines-outside-text}",
    "{action: claw.skill_accept, as: {role: owner, channel: web}, expect: allow, rule: skills}",
    "{action: claw.skill_accept, as: {role: owner, channel: voice}, expect: deny}",
    "{action: mcp.files.read, as: {role: owner, tainted: true}, expect: deny, rule: outside-text}",
    "{action: notify.notify, as: {role: owner}, expect: confirm, rule: messages-out}",
    "{action: tts.speak, as: {role: owner}, expect: deny}",
    "{action: shell_command.anything, as: {role: owner}, expect: deny}",
)


def _of_people() -> Iterator[str]:
    for role in ROLES:
        expected = "deny, rule: guest-remembers" if role in {"guest", "service"} else "allow, rule: keep"
        yield f"{{action: claw.remember, as: {{role: {role}}}, expect: {expected}}}"


def _of_risky(home: Home, choices: Choices, things: Sequence[RiskyThing]) -> Iterator[str]:
    """Give for each risky thing what its owner, somebody who is heard, a guest and a stranger's text may do to it."""
    registry = home.house.registry
    tested: dict[str, int] = {}
    for thing in things:
        tested[thing.group] = tested.get(thing.group, 0) + 1
        actions = risky_actions(registry.entities[thing.entity_id])
        if not actions or tested[thing.group] > MOST_TESTED:
            continue
        expected = "deny" if choices.rulings.get(thing.group) == "never" else "confirm"
        about = f"action: {actions[0]}, entities: {thing.entity_id}"
        yield f"{{{about}, as: {{role: owner}}, expect: {expected}}}"
        yield f"{{{about}, as: {{channel: voice}}, expect: {expected}}}"
        yield f"{{{about}, as: {{channel: routine, routine: any}}, expect: {_by_itself(actions[0], expected)}}}"
        if thing.group != "doors":
            yield f"{{{about}, as: {{role: guest}}, expect: deny}}"
            yield f"{{{about}, as: {{role: owner, tainted: true}}, expect: deny}}"


def _by_itself(action: str, expected: str) -> str:
    """Return what is said where nobody asks: doors and gates may still be asked about."""
    return expected if action.startswith("cover.") else "deny"


def _of_lamps(home: Home) -> Iterator[str]:
    """Give that exposure is what counts: for a lamp that is exposed, and one that is not."""
    registry = home.house.registry
    for exposed in (True, False):
        lamp = next(_lamps(registry, exposed=exposed), None)
        if lamp is not None:
            said = "allow, rule: comfort" if exposed else "deny"
            heard = "allow, rule: comfort-by-ear" if exposed else "deny"
            yield f"{{action: light.turn_on, entities: {lamp}, as: {{role: adult}}, expect: {said}}}"
            yield f"{{action: light.turn_on, entities: {lamp}, as: {{channel: voice}}, expect: {heard}}}"


def _lamps(registry: Registry, *, exposed: bool) -> Iterator[str]:
    return _single(registry, "light", exposed=exposed)


def _single(registry: Registry, domain: str, *, exposed: bool) -> Iterator[str]:
    for entity_id, entity in sorted(registry.entities.items()):
        if entity.domain == domain and entity.exposed is exposed and entity_id not in registry.groups:
            yield entity_id


def _of_heating(home: Home, choices: Choices) -> Iterator[str]:
    low, high = choices.heat
    for entity_id in _first(_single(home.house.registry, "climate", exposed=True)):
        about = f"action: climate.set_temperature, entities: {entity_id}"
        yield f"{{{about}, data: {{temperature: {low:g}}}, as: {{channel: voice}}, expect: allow, rule: heating}}"
        far = f"data: {{temperature: {high + 1:g}}}, as: {{role: owner}}"
        yield f"{{{about}, {far}, expect: confirm, rule: heating-far}}"


def _first(ids: Iterable[str]) -> list[str]:
    return [one for _, one in zip(range(1), ids, strict=False)]
