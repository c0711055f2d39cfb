"""What the configuration declares, in the terms of the rooms: services beside the catalogue's, and the people."""

from collections.abc import Mapping

from claw.base.config import Config
from claw.base.config_services import FieldConfig
from claw.base.errors import Broken
from claw.daemon.texts import READ
from claw.daemon.texts import SERVICE as READING
from claw.gate.messages import SERVICES
from claw.house.fields import LARGEST, Choice, Field, Flag, Number, Service, Text
from claw.house.model import House
from claw.llm.effector import MODEL
from claw.memory.effector import REMEMBER
from claw.memory.effector import SERVICE as REMEMBERING
from claw.memory.forget import SERVICES as FORGETTING
from claw.mind.whereabouts import PRESENCE
from claw.mind.whereabouts import SERVICE as LOOKING
from claw.policy.people import ROLES, Hours, People, Person, Role
from claw.routines.acts import SERVICES as SCHEDULING
from claw.skills.effector import SERVICES as DECIDING

OWN: Mapping[str, Service] = {
    **SERVICES,
    MODEL: Service(
        name=MODEL,
        targets=False,
        fields={
            "purpose": Choice(required=True, options=("plan", "read", "check", "embed")),
            "model": Text(required=True, longest=200),
            "tokens": Number(required=True, low=0, high=LARGEST, whole=True),
            "prompt": Text(required=True, shortest=64, longest=64),
            "call": Number(required=True, low=1, high=LARGEST, whole=True),
        },
    ),
    READ: READING,
    PRESENCE: LOOKING,
    REMEMBER: REMEMBERING,
    **FORGETTING,
    **DECIDING,
    **SCHEDULING,
}
"""Claw's own actions, in the catalogue's terms; ``claw.model`` is declared here as its room knows no house."""

RISKY_TIER = 3
FORBIDDEN_TIER = 4


def people_of(config: Config, known: House | None) -> People:
    """Return the people of the configuration; those of a simulated house where it names none."""
    people = [
        Person(
            p.id,
            p.name,
            p.role,
            p.uid,
            p.entity,
            p.rooms,
            tuple(Hours(span.start, span.end, span.days) for span in p.hours),
            p.end,
        )
        for p in config.people
    ]
    if not people and known is not None:
        people = [
            Person(
                p.id,
                p.name,
                _role(p.role),
                entity=p.entity_id,
                rooms=p.rooms,
                hours=tuple(Hours(*span) for span in p.hours),
                end=p.end,
            )
            for p in known.registry.people
        ]
    return People(people)


def _role(written: str | None) -> Role:
    """Return the role a house file gives; who has none that is known is a guest."""
    for role in ROLES:
        if role == written:
            return role
    return "guest"


def services_of(config: Config) -> dict[str, Service]:
    """Return Claw's own actions and the declared ones; those of the forbidden tier stay unknown."""
    declared = {
        name: Service(
            name=name,
            targets=service.targets,
            fields={key: _field(f"{name}: {key}", field) for key, field in service.fields.items()},
        )
        for name, service in config.services.items()
        if service.tier < FORBIDDEN_TIER
    }
    return {**declared, **_phones(config), **OWN}


def _phones(config: Config) -> Mapping[str, Service]:
    if config.channels is None or not config.channels.phones:
        return {}
    from claw.channels.phone_note import service  # noqa: PLC0415  only where a phone is configured

    return {phone.service: service(phone.service) for phone in config.channels.phones}


def _field(name: str, config: FieldConfig) -> Field:
    if config.type == "boolean":
        return Flag(required=config.required)
    if config.type == "string":
        if config.options:
            return Choice(required=config.required, options=config.options)
        return Text(required=config.required)
    if config.minimum is None or config.maximum is None:
        raise Broken(f"services: {name}: a number needs a minimum and a maximum")
    return Number(
        required=config.required,
        low=config.minimum,
        high=config.maximum,
        whole=config.type == "integer",
        unit=config.unit or "",
    )


def risky_of(config: Config) -> frozenset[str]:
    """Return the declared services that are never done without a person's yes."""
    return frozenset(name for name, service in config.services.items() if service.tier == RISKY_TIER)


def own_of(config: Config) -> frozenset[str]:
    """Return the entities by which Claw shows its stop and keeps the head of its log."""
    return frozenset(entity for entity in (config.stop.helper, config.audit.witness_entity) if entity is not None)
