"""The nearest sentence, and that it is found quickly in a large house."""

import time

from claw.house.file import parse_house
from claw.mind.language import load
from claw.mind.names import name_book
from claw.mind.nearest import Samples


def samples(count: int) -> Samples:
    entities = [{"entity_id": f"light.n{at}", "name": f"Lantern {at}", "state": "off"} for at in range(count)]
    entities.append({"entity_id": "lock.front", "name": "Front Door", "state": "locked"})
    return Samples(name_book(parse_house({"entities": entities}).registry, load("en")), load("en"))


def test_a_misspelt_name_leads_to_its_sentence() -> None:
    assert samples(3).nearest("lock teh frnt dor") == "lock Front Door"


def test_what_is_like_nothing_has_no_nearest() -> None:
    assert samples(3).nearest("zzz qqq") is None
    assert samples(3).nearest("") is None


def test_in_a_large_house_it_takes_milliseconds() -> None:
    large = samples(2000)
    text = "turn onn the lanttern 77 pleese"
    large.nearest(text)
    started = time.process_time()
    for _ in range(10):
        large.nearest(text)
    assert (time.process_time() - started) / 10 < 0.02
