"""How what speaks aloud is asked of Home Assistant, which names its entities another way than the policy judges them.

``tts.speak`` is aimed at the voice there and finds the player among its data; ``assist_satellite.ask_question`` takes
its one satellite among its data.  Nothing said is kept: Home Assistant stores spoken words unless it is told not to.
"""

import re
from collections.abc import Mapping

from claw.base.action import Action, Json
from claw.base.errors import Refused

_VOICE = re.compile(r"tts\.[a-z0-9_]+", re.ASCII)
SPEAKING_S: Mapping[str, float] = {
    "assist_satellite.announce": 60.0,
    "assist_satellite.ask_question": 90.0,
    "tts.speak": 30.0,
}
"""How long these may take: Home Assistant answers when the words have been said, or the question was answered."""


def target_and_data(action: Action) -> tuple[Json, dict[str, Json]]:
    """Return the target (None: no target) and the service data of the message that does ``action``.

    Raises Refused for a question to more than one satellite, and for what is no voice.
    """
    data: dict[str, Json] = dict(action.data)
    match action.name:
        case "tts.speak":
            voice = data.pop("voice", None)
            if not isinstance(voice, str) or not _VOICE.fullmatch(voice):
                raise Refused("expected one voice, such as tts.name")
            return {"entity_id": voice}, data | {"media_player_entity_id": list(action.entities), "cache": False}
        case "assist_satellite.ask_question":
            if len(action.entities) != 1:
                raise Refused("a question is asked of one satellite at a time")
            return None, data | {"entity_id": action.entities[0]}
        case _:
            return ({"entity_id": list(action.entities)} if action.entities else None), data
