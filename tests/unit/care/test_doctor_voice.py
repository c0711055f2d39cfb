from pathlib import Path
from typing import Any

import pytest

from claw.base.errors import Refused
from claw.care.doctor_voice import voice
from tests.doctor_room import case, found, told, worse

CONFIG = "house: {simulated: h.yaml}\nvoice: {wyoming: {}}\n"
EAR = {"engine": "whisper", "problem": "", "enough": False}
HEARD = {
    "transcriber": EAR,
    "microphones": {"configured": 1, "listening": 1},
    "satellites": [{}, {}],
    "findings": [],
    "note": "Nobody is known by voice.",
}


def heard(folder: Path, **changed: Any) -> list[tuple[str, str]]:
    there = {**HEARD, **changed}
    return worse(voice, case(folder, {"status": told(voice=there), "voice_devices": there}))


def test_none_is_nothing_and_what_only_a_daemon_knows_is_said(tmp_path: Path) -> None:
    assert found(voice, case(tmp_path)) == []
    assert found(voice, case(tmp_path, {"status": told()})) == []
    assert [level for level, _ in found(voice, case(tmp_path, config=CONFIG))] == ["note"]
    assert [level for level, _ in found(voice, case(tmp_path, {"status": told()}))] == ["warning"]


def test_one_that_hears_is_well_and_who_is_nobody_is_said(tmp_path: Path) -> None:
    assert heard(tmp_path) == [("note", "Nobody is known by voice.")]


@pytest.mark.parametrize(
    ("changed", "level", "word"),
    [
        ({"transcriber": {**EAR, "problem": "the model is gone"}}, "problem", "the model is gone"),
        ({"transcriber": {**EAR, "enough": True}}, "warning", "used up"),
        ({"microphones": {"configured": 3, "listening": 1}}, "warning", "2 of 3 microphones"),
        ({"findings": ["Home Assistant's own sentences come before Claw."]}, "warning", "come before Claw"),
    ],
)
def test_what_keeps_words_from_claw_is_told(tmp_path: Path, changed: dict[str, Any], level: str, word: str) -> None:
    (first, *_) = heard(tmp_path, **changed)
    assert (first[0], word in first[1]) == (level, True)


def test_who_may_not_ask_for_the_places_still_hears_of_the_engine(tmp_path: Path) -> None:
    there = {"transcriber": {**EAR, "problem": "gone"}, "microphones": None}
    about = case(tmp_path, {"status": told(voice=there), "voice_devices": Refused("not you")})
    assert [level for level, _ in worse(voice, about)] == ["note", "problem"]
    assert [level for level, _ in found(voice, case(tmp_path, {"status": told(voice=there), "voice_devices": 7}))]
