"""What speaks aloud: satellites that announce or ask, and media players that are lent a voice.

Words in a room reach whoever stands there and cannot be taken back, so a policy gives them to Claw itself alone.
``tts.speak`` acts here on the media player that sounds, which has a room, and not on the ``tts`` entity that only lends
its voice (``voice``): the room is what a policy judges.  Home Assistant has the two the other way round.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from claw.base.action import Json
from claw.base.errors import Refused
from claw.house.catalogue.goals import unseen
from claw.house.fields import Feature, Field, Flag, Service, Text, Thing
from claw.house.model import State

LONGEST = 500
"""Characters said at once: two sentences have no more."""

_MOST_ANSWERS = 10
_MOST_SENTENCES = 20
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SENTENCE = re.compile(r"\w[\w ]{0,99}")
"""Words only: Home Assistant reads brackets and bars in a sentence as a pattern, and refuses punctuation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers(Field):
    """What a question may be answered with: ``[{"id": "yes", "sentences": ["yes", "yes please"]}, ...]``."""

    def take(self, value: Json, state: State) -> Json:  # noqa: ARG002  who is asked has no part in it
        """Return the answers as plain lists and mappings."""
        if not isinstance(value, (list, tuple)) or not 1 <= len(cast("list[Json]", value)) <= _MOST_ANSWERS:
            raise Refused(f"expected a list of 1 to {_MOST_ANSWERS} answers")
        taken = [_answer(one) for one in cast("list[Json]", value)]
        if len({one["id"] for one in taken}) < len(taken):
            raise Refused("two answers have the same id")
        return taken


def _answer(value: Json) -> dict[str, Json]:
    expected = Refused("expected answers such as {'id': 'yes', 'sentences': ['yes', 'yes please']}, in plain words")
    if not isinstance(value, Mapping):
        raise expected
    answer = cast("Mapping[str, Json]", value)
    sentences = answer.get("sentences")
    if set(answer) != {"id", "sentences"} or not isinstance(sentences, (list, tuple)):
        raise expected
    words = cast("list[Json]", sentences)
    if not isinstance(answer["id"], str) or not _ID.fullmatch(answer["id"]):
        raise expected
    if not 1 <= len(words) <= _MOST_SENTENCES:
        raise expected
    if not all(isinstance(one, str) and _SENTENCE.fullmatch(one) for one in words):
        raise expected
    return {"id": answer["id"], "sentences": list(words)}


_WORDS = Text(longest=LONGEST, required=True)
_AWAKE = ("idle", "listening", "processing", "responding")
"""Home Assistant passes over a satellite that is not there, and says that all went well."""
_PLAYING = ("off", "on", "idle", "standby", "playing", "paused", "buffering", "unknown")

SERVICES = (
    Service(
        "assist_satellite.announce",
        {"message": _WORDS, "preannounce": Flag()},
        Feature("AssistSatelliteEntityFeature.ANNOUNCE", 1),
        unseen(),
        only_in=_AWAKE,
    ),
    # Answered with {"id": the answer's id or None, "sentence": what was heard, "slots": {}}; one satellite at a time.
    Service(
        "assist_satellite.ask_question",
        {"question": _WORDS, "answers": Answers(required=True), "preannounce": Flag()},
        Feature("AssistSatelliteEntityFeature.START_CONVERSATION", 2),
        unseen(),
        only_in=_AWAKE,
    ),
    Service(
        "tts.speak",
        {"message": _WORDS, "voice": Thing(domain="tts", required=True)},
        Feature("MediaPlayerEntityFeature.PLAY_MEDIA", 512),
        unseen(),
        of="media_player",
        only_in=_PLAYING,
    ),
)
