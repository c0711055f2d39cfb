"""Readings as values."""

from claw.mind.reading import Reading


def test_a_reading_is_compared_by_what_it_means_and_not_by_how_well_it_fits() -> None:
    one = Reading("on", (("kind", "light/many"),), None, (1,))
    other = Reading("on", (("kind", "light/many"),), None, (2,))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Reading("off", (("kind", "light/many"),), None, (1,))
    assert one != "on"


def test_a_changed_reading_leaves_the_first_as_it_was() -> None:
    reading = Reading("clean", (("area", "hall"), ("thing", "robot")), None, ())
    changed = reading.but(area=None, where="house")
    assert (changed.get("area"), changed.get("where"), changed.get("thing")) == (None, "house", "robot")
    assert reading.get("area") == "hall"
    assert reading.get("floor", "none") == "none"
