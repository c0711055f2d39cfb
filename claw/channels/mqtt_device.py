"""What Home Assistant finds of Claw at a broker: one device with a stop switch and a few figures, as plain JSON.

Everybody who may read at the broker reads this, and Home Assistant keeps it.  So there are numbers, ids and Claw's own
words in it, as a screen in a hall shows them, and never what anybody said.
"""

from dataclasses import dataclass
from importlib.metadata import version

from claw.base.action import Action, Json, Outcome
from claw.house.text import plain

ONLINE, OFFLINE = "online", "offline"
ON, OFF = "ON", "OFF"
LONGEST_STATE = 250
"""Home Assistant takes no state of more than 255 characters."""

SHOWN_HASH = 12
OWN = "claw"


@dataclass(frozen=True, slots=True)
class Topics:
    """Where things stand at the broker: ``node`` is this Claw's name there; devices are looked for below ``prefix``."""

    prefix: str
    node: str

    @property
    def discovery(self) -> str:
        """Where the device is described."""
        return f"{self.prefix}/device/{self.node}/config"

    @property
    def available(self) -> str:
        """Where it stands whether Claw is there; the broker says so itself when it is not."""
        return f"claw/{self.node}/available"

    @property
    def state(self) -> str:
        """Where switch and figures stand."""
        return f"claw/{self.node}/state"

    @property
    def command(self) -> str:
        """Where the switch is turned on."""
        return f"claw/{self.node}/stop/set"


def device(topics: Topics) -> dict[str, Json]:
    """Return the description of the device, in Home Assistant's words.

    The switch is a setting of the device, because what is one is not reached by "all switches of a room".
    """
    node = topics.node

    def one(platform: str, key: str, name: str, **more: Json) -> dict[str, Json]:
        return {
            "platform": platform,
            "unique_id": f"claw_{node}_{key}",
            "default_entity_id": f"{platform}.{node}_{key}",
            "name": name,
            "value_template": f"{{{{ value_json.{key} }}}}",
            **more,
        }

    switch: dict[str, Json] = {
        "command_topic": topics.command,
        "payload_on": ON,
        "payload_off": OFF,
        "state_on": ON,
        "state_off": OFF,
        "optimistic": False,
        "retain": False,
        "qos": 1,
        "icon": "mdi:stop-circle",
        "entity_category": "config",
    }
    made = {"name": "Claw", "sw_version": version("claw")}
    pending = {"state_class": "measurement", "icon": "mdi:account-question"}
    return {
        "device": {"identifiers": [f"claw_{node}"], "manufacturer": "Claw", **made},
        "origin": made,
        "components": {
            "stop": one("switch", "stop", "Stop", **switch),
            "pending": one("sensor", "pending", "Waiting questions", **pending),
            "last": one("sensor", "last", "Last action", icon="mdi:history"),
            "tokens": one(
                "sensor", "tokens", "Tokens today", state_class="total_increasing", unit_of_measurement="tokens"
            ),
            "policy": one("sensor", "policy", "Policy", icon="mdi:file-check", entity_category="diagnostic"),
        },
        "availability_topic": topics.available,
        "payload_available": ONLINE,
        "payload_not_available": OFFLINE,
        "state_topic": topics.state,
    }


def state(status: dict[str, Json], last: str) -> dict[str, Json]:
    """Return switch and figures; ``status`` is the desk's, ``last`` the last act in words, empty where none was."""
    return {
        "stop": ON if status["stop"]["engaged"] else OFF,
        "pending": status["pending"],
        "last": last or None,
        "tokens": status["tokens"],
        "policy": str(status["policy"])[:SHOWN_HASH],
    }


def words(outcome: Outcome) -> str:
    """Return an act and what came of it, without anything that anybody said; empty for Claw's own, such as messages."""
    action: Action = outcome.action
    if action.domain == OWN:
        return ""
    things = ", ".join(action.entities)
    return plain(f"{action.name} {things}".strip() + f": {outcome.status}", LONGEST_STATE)
