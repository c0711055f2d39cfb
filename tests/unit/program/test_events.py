"""The values between a program and its driver."""

import dataclasses

import pytest

from claw.program.events import Call, Mistyped, Span, Value, Wave


def test_a_wave_cannot_be_changed_after_it_was_judged() -> None:
    wave = Wave((Call(1, "call", ("light.turn_on",), {}, Span(0, 4, 1)),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        wave.calls = ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        wave.calls[0].name = "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        Value(1).json = 2


def test_a_mistyped_program_says_what_is_wrong_in_the_sentence_and_apart() -> None:
    found = Mistyped("line 3: no light.kitchn")
    assert found.diagnostics == "line 3: no light.kitchn"
    assert "line 3: no light.kitchn" in str(found)
