"""Machines that are switched or sent: switches, sirens, cameras, media players, the vacuum and the lawn mower."""

from collections.abc import Mapping

from claw.base.action import Json
from claw.house.catalogue.goals import OFF, becomes, sets, stepped, unseen
from claw.house.fields import Choice, Feature, Field, Flag, MakeGoal, Number, Service
from claw.house.model import State
from claw.house.proof import Goal, NoneOf, is_

_HOMEWARD_S = 600.0
_START_S = 20.0
_PLAYER_S = 15.0
_VOLUME_STEP = 0.1  # Home Assistant's MediaPlayerEntity.volume_step where a player has none of its own

_UNIT = Number(low=0, high=1, required=True)


def _player(name: str, feature: str, bits: int, goal: MakeGoal, **fields: Field) -> Service:
    needs = Feature(f"MediaPlayerEntityFeature.{feature}", bits)
    return Service(f"media_player.{name}", fields, needs, goal, patience_s=_PLAYER_S)


def _player_on(state: State, _data: Mapping[str, Json]) -> Goal:
    woken = "on" if state.attributes.get("device_class") in ("tv", "receiver") else "idle"
    return Goal(state.value if state.value not in OFF else woken, state=NoneOf(OFF))


def _siren(value: str) -> MakeGoal:
    """A siren that has no state now will show none later."""
    return lambda state, _data: Goal(value, state=is_(value), reports=state.value != "unknown")


def _vacuum(
    name: str, feature: str, bits: int, goal: MakeGoal, patience_s: float = _START_S, **fields: Field
) -> Service:
    return Service(f"vacuum.{name}", fields, Feature(f"VacuumEntityFeature.{feature}", bits), goal, patience_s)


def _mower(name: str, feature: str, bits: int, goal: MakeGoal, patience_s: float = _START_S) -> Service:
    return Service(f"lawn_mower.{name}", {}, Feature(f"LawnMowerEntityFeature.{feature}", bits), goal, patience_s)


def _watching(value: object, *also: object) -> MakeGoal:
    return lambda _state, _data: Goal(
        attributes={"motion_detection": value}, seen={"motion_detection": is_(value, *also)}
    )


_HOME = becomes("docked", moving=("returning",), failed=("error",))
_CAMERA_ON_OFF = Feature("CameraEntityFeature.ON_OFF", 1)

SERVICES = (
    Service("switch.turn_on", goal=becomes("on")),
    Service("switch.turn_off", goal=becomes("off")),
    Service(
        "siren.turn_on",
        {
            "tone": Choice(options="available_tones", needs=Feature("SirenEntityFeature.TONES", 4)),
            "volume_level": Number(low=0, high=1, needs=Feature("SirenEntityFeature.VOLUME_SET", 8)),
            "duration": Number(low=1, high=600, whole=True, unit="s", needs=Feature("SirenEntityFeature.DURATION", 16)),
        },
        Feature("SirenEntityFeature.TURN_ON", 1),
        _siren("on"),
    ),
    Service("siren.turn_off", {}, Feature("SirenEntityFeature.TURN_OFF", 2), _siren("off")),
    # A camera's state says whether it streams or records; idle is both on and off, so neither can be seen.
    Service("camera.turn_on", {}, _CAMERA_ON_OFF, unseen()),
    Service("camera.turn_off", {}, _CAMERA_ON_OFF, unseen("idle")),
    Service("camera.enable_motion_detection", goal=_watching(value=True)),
    Service("camera.disable_motion_detection", goal=_watching(False, None)),  # noqa: FBT003  attribute values
    _player("turn_on", "TURN_ON", 128, _player_on),
    _player("turn_off", "TURN_OFF", 256, becomes("off", "standby")),
    _player("media_play", "PLAY", 16384, becomes("playing", moving=("buffering",))),
    _player("media_pause", "PAUSE", 1, becomes("paused")),
    _player("media_stop", "STOP", 4096, becomes("idle", "off", "on", "standby")),
    _player("media_next_track", "NEXT_TRACK", 32, unseen()),
    _player("media_previous_track", "PREVIOUS_TRACK", 16, unseen()),
    _player(
        "media_seek", "SEEK", 2, unseen(), seek_position=Number(low=0, high="media_duration", unit="s", required=True)
    ),
    _player("volume_set", "VOLUME_SET", 4, sets("volume_level", tolerance=0.02), volume_level=_UNIT),
    _player("volume_up", "VOLUME_SET or VOLUME_STEP", 1028, stepped("volume_level", _VOLUME_STEP, 0, 1)),
    _player("volume_down", "VOLUME_SET or VOLUME_STEP", 1028, stepped("volume_level", -_VOLUME_STEP, 0, 1)),
    _player("volume_mute", "VOLUME_MUTE", 8, sets("is_volume_muted"), is_volume_muted=Flag(required=True)),
    _player(
        "select_source", "SELECT_SOURCE", 2048, sets("source"), source=Choice(options="source_list", required=True)
    ),
    _player(
        "select_sound_mode",
        "SELECT_SOUND_MODE",
        65536,
        sets("sound_mode"),
        sound_mode=Choice(options="sound_mode_list", required=True),
    ),
    _player("shuffle_set", "SHUFFLE_SET", 32768, sets("shuffle"), shuffle=Flag(required=True)),
    _player(
        "repeat_set", "REPEAT_SET", 262144, sets("repeat"), repeat=Choice(options=("off", "all", "one"), required=True)
    ),
    _player("clear_playlist", "CLEAR_PLAYLIST", 8192, unseen()),
    _vacuum("start", "START", 8192, becomes("cleaning", failed=("error",))),
    _vacuum("pause", "PAUSE", 4, becomes("paused", "idle", failed=("error",))),
    _vacuum("stop", "STOP", 8, becomes("idle", "paused", "docked", failed=("error",))),
    _vacuum("return_to_base", "RETURN_HOME", 16, _HOME, _HOMEWARD_S),
    _vacuum("clean_spot", "CLEAN_SPOT", 1024, becomes("cleaning", failed=("error",))),
    _vacuum("locate", "LOCATE", 512, unseen()),
    _vacuum(
        "set_fan_speed",
        "FAN_SPEED",
        32,
        sets("fan_speed"),
        fan_speed=Choice(options="fan_speed_list", required=True),
    ),
    _mower("start_mowing", "START_MOWING", 1, becomes("mowing", failed=("error",))),
    _mower("pause", "PAUSE", 2, becomes("paused", failed=("error",))),
    _mower("dock", "DOCK", 4, _HOME, _HOMEWARD_S),
)
