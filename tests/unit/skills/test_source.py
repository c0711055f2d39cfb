"""What a program says of itself."""

import pytest

from claw.skills.plan import Found
from claw.skills.source import parsed, source_of


def test_ids_searches_names_and_decisions_are_seen() -> None:
    source = source_of(
        "on = find(domain='light', area='hall', state='on')\nfor x in on:\n"
        "    if state(x) == 'on':\n        await call('light.turn_off', x)\nfind('words', domain='light')"
    )
    assert source.finds == (Found(domain="light", area="hall", state="on"),)
    assert source.decides
    assert source.looks
    assert {"light.turn_off", "hall"} <= source.texts
    assert {"on", "x"} <= source.names
    assert source.elsewhere == ""


@pytest.mark.parametrize("text", ["x = await ask('Which?')", "x = await recall('boiler')", "t = await read('mail')"])
def test_what_asks_somebody_or_something_else_is_known(text: str) -> None:
    assert source_of(text).elsewhere != ""


def test_a_straight_program_decides_nothing() -> None:
    source = source_of("await call('light.turn_on', ['light.a'])\n'Done.'")
    assert not source.decides
    assert not source.looks


def test_what_hangs_on_time_or_chance_decides() -> None:
    assert source_of("import random\nawait call('light.turn_on', 'light.a')").decides
    assert source_of("from datetime import datetime\nawait call('light.turn_on', 'light.a')").decides


@pytest.mark.parametrize("text", ["", "if", "\0", "(" * 5000])
def test_what_is_no_program_is_empty(text: str) -> None:
    assert source_of(text).tree is None
    assert parsed("x = '\\d'") is not None
