"""The demo: a simulated house with a policy of its own, so that everything can be tried without a real one."""

import os
from pathlib import Path

from claw.base.config import AuditConfig, Config, HouseConfig, ListenConfig, ModelConfig, PersonConfig
from claw.house.file import load_house

FOLDER = Path(__file__).parent


def demo_config(port: int, model: ModelConfig | None = None) -> Config:
    """Return the demo's configuration; whoever runs it speaks for the house's first owner."""
    people = load_house(FOLDER / "house.yaml").registry.people
    owner = next(person.id for person in people if person.role == "owner")
    return Config(
        house=HouseConfig(simulated=FOLDER / "house.yaml"),
        model=model,
        policy=FOLDER / "policy.yaml",
        languages=("en", "de", "fr", "nl", "zh"),
        listen=ListenConfig(port=port),
        audit=AuditConfig(journald=False),  # what is only tried out leaves nothing in the machine's own journal
        people=tuple(
            PersonConfig.model_validate(
                {
                    "id": p.id,
                    "name": p.name,
                    "role": p.role,
                    "uid": os.getuid() if p.id == owner else None,
                    "entity": p.entity_id,
                    "rooms": p.rooms,
                    "hours": [{"start": start, "end": end, "days": days} for start, end, days in p.hours],
                    "end": p.end,
                }
            )
            for p in people
        ),
    )
