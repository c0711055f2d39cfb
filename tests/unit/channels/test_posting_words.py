"""A card in words: every line of it, or no yes beside it."""

from typing import Any

import pytest

from claw.channels.posting_words import card_words, fits


def line(name: str = '"Door"', **more: Any) -> dict[str, Any]:
    return {
        "does": "lock.unlock", "name": name, "area": '"Hall"', "device_class": "lock", "was": "locked",
        "becomes": "unlocked", "also": False,
    } | more  # fmt: skip


def card(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"question": "Unlock the door?", "lines": list(lines)} | more


def test_everything_a_person_has_to_know_stands_there() -> None:
    told = card(
        line(),
        line('"Gate"', also=True, was="closed", becomes="open", area="", device_class="cover"),
        asker='"Anna"', channel="voice:hall", place='"Hall"', influenced=['"calendar"'],
        why="an open lock lets anybody in",
    )  # fmt: skip
    assert card_words(told).split("\n") == [
        "Unlock the door?",
        '• "Door" (lock, "Hall"): locked → unlocked',
        '• also "Gate" (cover): closed → open',
        'Asked by "Anna", by voice in "Hall"',
        'Text from outside had a part in it: "calendar"',
        "Asked because an open lock lets anybody in",
    ]
    assert fits(told)


def test_what_moves_no_thing_is_named_by_what_it_does() -> None:
    assert "• notify.notify: message hello" in card_words(
        card(line("", does="notify.notify", was="", becomes="message hello", area="", device_class=""))
    )


def test_nobody_known_is_said() -> None:
    assert "Asked by nobody known, by voice" in card_words(card(line(), channel="voice:hall"))


@pytest.mark.parametrize("count", [1, 3, 60])
def test_what_is_left_out_is_counted_and_it_does_not_fit(count: int) -> None:
    told = card(*(line(f'"Door {number} {"x" * 25}"') for number in range(count)))
    words = card_words(told, 200)
    assert len(words) <= 200
    assert fits(told, 200) is (count == 1)
    if count > 1:
        kept = words.count("•")
        assert words.endswith(f"… and {count - kept} more lines on the page")


def test_nothing_in_it_can_reorder_a_line_or_drive_a_screen() -> None:
    words = card_words(card(line('"Do\u202eor\x1b[2J\u200b"'), question="Open\x07?"))
    assert words.isprintable() or all(char.isprintable() or char == "\n" for char in words)


@pytest.mark.parametrize(
    "odd", [{}, {"lines": None}, {"lines": "x"}, {"lines": [1, None]}, {"question": 7, "influenced": "x"}]
)
def test_a_card_that_is_none_is_no_error(odd: dict[str, Any]) -> None:
    assert isinstance(card_words(odd), str)
