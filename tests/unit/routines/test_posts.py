"""What is kept of a trigger, and since when what was found counts."""

from datetime import UTC, datetime, timedelta

import pytest

from claw.base.action import Json
from claw.house.model import State
from claw.routines.eyes import BecomesEye, Began, Eye, PassesEye
from claw.routines.posts import Post, Span
from claw.routines.spec import Becomes, Passes

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
EARLIER, EARLIEST = NOW - timedelta(minutes=1), NOW - timedelta(minutes=5)


def _post(eye: Eye | None = None, lasts_s: float = 60.0) -> Post:
    return Post("one", 0, "0:x", eye or BecomesEye(Becomes(state="light.a"), "light.a", "A"), lasts_s, by_clock=False)


def _began(changed: datetime | None = None) -> Began:
    return Began("", "x", "A is on", State("on", changed=changed))


def test_what_is_kept_is_taken_up_again() -> None:
    post, other = _post(), _post()
    post.eye.see("light.a", State("off"))
    post.spans[""] = Span(_began(), EARLIER)
    other.restore(post.kept())
    assert other.kept() == post.kept()
    assert other.spans == {"": Span(None, EARLIER)}


@pytest.mark.parametrize(
    "kept",
    [None, 3, [], {"since": 3}, {"since": {"": "x"}}, {"since": {"": "2026-01-01T00:00:00"}}, {"since": {"": 5}}],
)
def test_what_cannot_be_read_is_left_out(kept: Json) -> None:
    post = _post()
    post.restore(kept)
    assert post.spans == {}


def test_what_is_seen_to_happen_begins_now_and_what_is_found_so_when_the_house_says() -> None:
    assert _post().since(_began(EARLIER), NOW, late=False) == NOW
    assert _post().since(_began(EARLIER), NOW, late=True) == EARLIER
    assert _post().since(_began(), NOW, late=True) == NOW
    assert _post().since(_began(NOW + timedelta(hours=3)), NOW, late=True) == NOW  # its clock is ahead


def test_a_span_of_before_a_restart_goes_on_unless_the_state_came_anew() -> None:
    state, figure = _post(), _post(PassesEye(Passes(number="sensor.a", above=1), "sensor.a", "A"))
    for post in (state, figure):
        post.spans[""] = Span(None, EARLIEST)
    assert state.since(_began(EARLIEST), NOW, late=True) == EARLIEST
    assert state.since(_began(EARLIER), NOW, late=True) == EARLIER
    assert figure.since(_began(EARLIER), NOW, late=True) == EARLIEST
