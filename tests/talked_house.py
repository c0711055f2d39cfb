"""A house to talk about: a few things of each kind, one of them unavailable, two of one name."""

from collections.abc import Mapping

from claw.base.action import Action, Decision, Json, Outcome, OutcomeStatus
from claw.house.model import Area, Entity, Floor, House, Registry, State

_THINGS: tuple[tuple[str, str, str | None, str | None, str, dict[str, Json]], ...] = (
    ("light.kitchen_ceiling", "Kitchen Ceiling", "kitchen", None, "on", {"brightness": 102}),
    ("light.worktop", "Worktop", "kitchen", None, "off", {}),
    ("light.bedroom", "Ceiling", "bedroom", None, "on", {"brightness": 255}),
    ("light.bedside", "Bedside Lamp", "bedroom", None, "off", {}),
    ("light.living", "Ceiling", "living", None, "on", {"brightness": 128}),
    ("light.attic", "Attic Light", None, None, "unavailable", {}),
    ("lock.front", "Front Door", "hall", None, "locked", {}),
    ("lock.back", "Back Door", "hall", None, "unlocked", {}),
    ("cover.garage", "Garage Door", None, "garage", "closed", {"current_position": 0}),
    ("cover.left", "Left Blind", "bedroom", "blind", "open", {"current_position": 60}),
    ("cover.right", "Right Blind", "bedroom", "blind", "open", {"current_position": 100}),
    (
        "climate.bedroom",
        "Bedroom Thermostat",
        "bedroom",
        None,
        "heat",
        {"temperature": 21, "current_temperature": 19.5, "min_temp": 7, "max_temp": 22},
    ),
    ("climate.living", "Living Thermostat", "living", None, "heat", {"temperature": 20, "current_temperature": 20}),
    ("media_player.tv", "TV", "living", None, "playing", {"volume_level": 0.3, "media_title": "News” {x}"}),
    ("fan.bedroom", "Bedroom Fan", "bedroom", None, "on", {"percentage": 33}),
    ("switch.kettle", "Kettle", "kitchen", None, "off", {}),
    ("switch.freezer", "Freezer", "kitchen", None, "on", {}),
    ("alarm_control_panel.house", "House Alarm", None, None, "armed_home", {}),
    ("sensor.bedroom", "Bedroom Temperature", "bedroom", "temperature", "20.5", {"unit_of_measurement": "°C"}),
    ("sensor.hall", "Hall Temperature", "hall", "temperature", "22", {"unit_of_measurement": "°C"}),
    ("sensor.cellar", "Cellar Temperature", None, "temperature", "unknown", {"unit_of_measurement": "°C"}),
    ("binary_sensor.window", "Bathroom Window", None, "window", "on", {}),
    ("person.anna", "Anna", None, None, "home", {}),
    ("person.bob", "Bob", None, None, "not_home", {}),
    ("person.carl", "Carl", None, None, "Work", {}),
    ("scene.movie", "Movie Night", "living", None, "unknown", {}),
    ("weather.home", "Home", None, None, "sunny", {"temperature": 18}),
    ("input_number.target", "Target", None, None, "5", {}),
)


def house(states: Mapping[str, State] | None = None, unit: str = "°C") -> House:
    """Return the house, with some states replaced."""
    entities = {i: Entity(i, name, area=area, device_class=kind) for i, name, area, kind, _, _ in _THINGS}
    entities["light.hidden"] = Entity("light.hidden", "Hidden", area="kitchen", hidden=True)
    return House(
        Registry(
            areas={
                "kitchen": Area("kitchen", "Kitchen", "ground"),
                "living": Area("living", "Living Room", "ground", aliases=("lounge",)),
                "hall": Area("hall", "Hall", "ground"),
                "bedroom": Area("bedroom", "Bedroom", "upper"),
            },
            floors={"ground": Floor("ground", "Ground Floor", 0), "upper": Floor("upper", "Upstairs", 1)},
            entities=entities,
            time_zone="Europe/Berlin",
            temperature_unit=unit,
        ),
        {i: State(value, attributes) for i, _, _, _, value, attributes in _THINGS}
        | {"light.hidden": State("off")}
        | dict(states or {}),
    )


def came_of(
    name: str,
    entities: str,
    status: OutcomeStatus,
    after: Mapping[str, str] | None = None,
    /,
    *,
    each: Mapping[str, OutcomeStatus] | None = None,
    before: Mapping[str, str] | None = None,
    detail: str = "",
    deny: str | None = None,
    **data: Json,
) -> Outcome:
    """Return an outcome; ``entities`` are ids with spaces between."""
    return Outcome(
        Action(name, tuple(entities.split()), data),
        status,
        detail,
        decision=None if deny is None else Decision("deny", "rule", deny),
        before=before or {},
        after=after or {},
        entities=each or {},
    )
