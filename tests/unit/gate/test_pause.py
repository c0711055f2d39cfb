"""A pause is weaker than the stop: it ends by itself or by an adult, and a broken file is a pause without an end."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from claw.base.action import Message, Origin
from claw.base.errors import Broken, Refused
from claw.gate.pause import LONGEST_S, PAUSE, Pause, PauseState
from tests.gate_room import GARAGE, LAMP_ON, OWNER, gate_room
from tests.held_clock import HeldClock

OPEN = Path("/proc/self/fd")
ANNA = Origin("web", "anna", authenticated=True)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def pause(tmp_path: Path, clock: HeldClock) -> Pause:
    return Pause(tmp_path, clock)


def test_it_refuses_while_it_lasts_and_says_until_when(pause: Pause) -> None:
    pause.check()
    state = pause.begin("guests", ANNA, 1800)
    assert (state.by, state.reason, state.until) == ("anna", "guests", "2026-01-05T12:30:00+00:00")
    with pytest.raises(Refused, match="paused until 2026-01-05T12:30"):
        pause.check()


async def test_it_ends_by_itself(pause: Pause, clock: HeldClock) -> None:
    pause.begin("", ANNA, 60)
    await clock.advance(59)
    with pytest.raises(Refused):
        pause.check()
    await clock.advance(1)
    pause.check()
    assert not pause.state().paused


def test_without_a_length_it_lasts_until_somebody_ends_it(pause: Pause, tmp_path: Path, clock: HeldClock) -> None:
    pause.begin("", ANNA)
    again = Pause(tmp_path, clock)
    with pytest.raises(Refused, match=r"^paused$"):
        again.check()
    assert again.end().by == "anna"
    pause.check()
    with pytest.raises(Refused, match="not paused"):
        pause.end()


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_S + 0.001, LONGEST_S + 1, float("nan")])
def test_an_impossible_length_is_refused(pause: Pause, seconds: float) -> None:
    with pytest.raises(Refused):
        pause.begin("", ANNA, seconds)
    pause.check()


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff{"),
        lambda path: path.write_text("[" * 3000),
        lambda path: path.write_text('{"reason": "", "by": "", "since": "", "until": "tomorrow"}'),
        lambda path: path.write_text('{"reason": "", "by": "", "since": "", "until": "2020-01-01T00:00:00"}'),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(path),
    ],
)
def test_a_damaged_file_is_a_pause_without_an_end(
    pause: Pause, tmp_path: Path, write: Callable[[Path], object]
) -> None:
    write(tmp_path / PAUSE)
    with pytest.raises(Refused, match="paused"):
        pause.check()


def test_a_pause_that_cannot_be_kept_is_not_called_one(tmp_path: Path, clock: HeldClock) -> None:
    pause = Pause(tmp_path / "gone", clock)
    with pytest.raises(Broken, match="claw stop"):
        pause.begin("", ANNA)


async def test_the_gate_refuses_what_is_new_and_still_tells(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pause = Pause(tmp_path, room.clock)
        room.stop.pauses.append(pause.check)
        pause.begin("guests", ANNA)
        outcome = await room.one(LAMP_ON)
        assert (outcome.status, outcome.detail) == ("refused", "paused")
        assert room.hand.sent == []
        await room.gate.tell(Message("everyone", "the garage is open", "late"))
        assert [message.text for message in room.told] == ["the garage is open"]
        assert not room.stop.engaged
        pause.end()
        assert (await room.one(LAMP_ON, OWNER)).status == "done"
        assert (await room.one(GARAGE)).status in {"done", "started"}


def test_who_is_told_hears_of_its_begin_and_end(pause: Pause) -> None:
    told: list[PauseState] = []
    pause.told.append(told.append)
    begun = pause.begin("guests", Origin("signal"), LONGEST_S)
    assert (begun.paused, begun.by) == (True, "signal")
    assert pause.end() == begun
    assert told == [begun, PauseState(paused=False)]


def test_it_is_on_the_disk_before_it_has_its_name_and_nothing_is_left_open(
    pause: Pause, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, Path.replace

    def synced(handle: int) -> None:
        steps.append("file")
        sync(handle)

    def renamed(self: Path, target: Path) -> Path:
        steps.append("name")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    before = len(list(OPEN.iterdir()))
    pause.begin("guests", ANNA)
    assert pause.state().paused
    assert steps == ["file", "name"]
    assert len(list(OPEN.iterdir())) == before


def test_a_pause_whose_file_stays_is_not_over_and_one_whose_file_went_is(
    pause: Pause, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    told: list[PauseState] = []
    state = pause.begin("guests", ANNA)
    pause.told.append(told.append)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        with pytest.raises(Broken, match="cannot be removed: Read-only file system"):
            pause.end()
    assert told == []
    assert pause.state() == state
    pause._path.unlink()
    monkeypatch.setattr(pause, "state", lambda: state)  # as if somebody took it away in between
    assert pause.end() == state
