"""What of the switch no whole story shows: the order on the disk, who may reset after two stops, what comes back."""

import errno
import os
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.gate import stop as module
from claw.gate.stop import LATCH, REMOTE_CHANNELS, Stop, StopState, read_latch, write_latch
from tests.held_clock import HeldClock

PAGE = Origin("web", "anna", authenticated=True)
CONSOLE = Origin("cli", "ben", authenticated=True)
OPEN = Path("/proc/self/fd")
LAMP = Action("light.turn_on", ("light.lamp",))
MESSAGE = Action("claw.notify", (), {"to": "everyone", "text": "x"})


def held(folder: Path) -> Stop:
    return Stop(folder, SystemClock())


def test_the_latch_is_on_the_disk_before_it_has_its_name_and_the_name_too_before_anybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, Path.replace

    def synced(handle: int) -> None:
        steps.append("directory" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        sync(handle)

    def renamed(self: Path, target: Path) -> Path:
        steps.append("name")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    stop = held(tmp_path)
    stop.told.append(lambda state: steps.append("told"))
    stop.engage("smoke", PAGE)
    assert steps == ["file", "name", "directory", "told"]
    steps.clear()
    stop.reset("toast", console=True, adult=True)
    assert steps == ["directory", "told"]


def test_nothing_is_left_open_however_often_it_is_asked(tmp_path: Path) -> None:
    stop = held(tmp_path)
    stop.engage("smoke", PAGE)
    before = len(list(OPEN.iterdir()))
    for _ in range(10):
        stop.reset("toast", console=True, adult=True)
        stop.engage("smoke", PAGE)
        read_latch(tmp_path / LATCH)
    assert len(list(OPEN.iterdir())) == before


def test_a_latch_that_says_too_little_is_for_the_console_alone(tmp_path: Path) -> None:
    latch = tmp_path / LATCH
    latch.symlink_to(tmp_path / "nowhere")
    assert read_latch(latch).local
    assert read_latch(tmp_path / "gone" / LATCH).local
    latch.unlink()
    latch.mkdir()
    assert read_latch(latch).local
    latch.rmdir()
    latch.write_text('{"reason": "x", "by": "y", "since": "z", "local": 0}')
    assert read_latch(latch).local, "only a plain false frees it"
    latch.write_text('{"reason": "x", "by": "y", "since": "z", "local": false}')
    assert not read_latch(latch).local


def test_a_stop_at_the_console_after_one_on_a_page_is_for_the_console(tmp_path: Path) -> None:
    stop = held(tmp_path)
    stop.engage("smoke", PAGE)
    assert not stop.state().local
    write_latch(tmp_path / LATCH, StopState(True, "by hand", "root", "now", local=True))
    assert stop.state().local
    with pytest.raises(Refused, match="console"):
        stop.reset("toast", console=False, adult=True)


async def test_a_second_stop_changes_neither_who_nor_when_nor_why(tmp_path: Path) -> None:
    clock = HeldClock()
    stop = Stop(tmp_path, clock)
    first = stop.engage("smoke", PAGE)
    await clock.advance(60)
    second = stop.engage("fire", CONSOLE)
    assert (second.reason, second.by, second.since) == (first.reason, first.by, first.since)
    assert second.local
    assert stop.may_reset("toast", console=True, adult=False) == second
    assert stop.reset("toast", console=True, adult=False) == second


def test_a_stop_of_nobody_is_named_by_its_channel(tmp_path: Path) -> None:
    assert held(tmp_path).engage("smoke", Origin("signal")).by == "signal"


@pytest.mark.parametrize("channel", REMOTE_CHANNELS)
def test_a_stop_from_afar_may_be_reset_by_an_adult_and_by_nobody_else(tmp_path: Path, channel: str) -> None:
    stop = held(tmp_path)
    assert not stop.engage("smoke", Origin(f"{channel}:hall")).local
    with pytest.raises(Refused):
        stop.reset("toast", console=False, adult=False)
    stop.reset("toast", console=False, adult=True)
    assert not stop.engaged


def test_a_latch_that_somebody_took_away_keeps_nobody_from_resetting(tmp_path: Path) -> None:
    stop = held(tmp_path)
    stop.engage("smoke", PAGE)
    (tmp_path / LATCH).unlink()
    assert stop.engaged
    stop.reset("toast", console=True, adult=True)
    assert not stop.engaged


def test_on_a_full_disk_an_empty_latch_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(latch: Path, state: StopState) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(module, "write_latch", full)
    held(tmp_path).engage("smoke", PAGE)
    monkeypatch.undo()
    assert (tmp_path / LATCH).read_bytes() == b""
    assert held(tmp_path).state().local


def test_whatever_else_says_no_is_asked_every_time_and_a_pause_lets_messages_through(tmp_path: Path) -> None:
    stop = held(tmp_path)
    stop.check()

    def no() -> None:
        raise Refused("no")

    stop.guards.append(no)
    for actions in ((), (LAMP,), (MESSAGE,)):
        with pytest.raises(Refused, match="no"):
            stop.check(actions)
    stop.guards.clear()
    stop.pauses.append(no)
    for actions in ((), (LAMP,), (LAMP, MESSAGE), (MESSAGE, LAMP)):
        with pytest.raises(Refused, match="no"):
            stop.check(actions)
    stop.check((MESSAGE,))


def test_one_part_that_breaks_keeps_no_other_from_cutting_nor_the_latch_from_being_written(tmp_path: Path) -> None:
    stop = held(tmp_path)
    cut: list[str] = []

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    stop.hooks += [broken, lambda: cut.append("cut")]
    stop.told += [broken, lambda _: cut.append("told")]
    stop.engage("smoke", PAGE)
    assert cut == ["cut", "told"]
    assert (tmp_path / LATCH).exists()


def test_who_stops_while_a_reset_is_under_way_is_not_overruled(tmp_path: Path) -> None:
    stop = held(tmp_path)
    stop.engage("smoke", PAGE)
    asked = stop.times
    stop.engage("fire", PAGE)
    with pytest.raises(Refused, match="again"):
        stop.reset("toast", console=True, adult=True, times=asked)
    assert stop.engaged
    stop.reset("toast", console=True, adult=True, times=stop.times)
    assert not stop.engaged


def test_no_link_that_lies_in_wait_is_written_through(tmp_path: Path) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    state.mkdir()
    elsewhere.write_text("root's own")
    (state / f"{LATCH}.{os.getpid()}.new").symlink_to(elsewhere)
    Stop(state, HeldClock()).engage("smoke", CONSOLE)
    assert elsewhere.read_text() == "root's own"
    assert read_latch(state / LATCH).reason == "smoke"
    assert not (state / LATCH).is_symlink()


def test_nor_is_one_that_is_put_there_again_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    state.mkdir()
    elsewhere.write_text("root's own")
    unlink = Path.unlink

    def unlinked(self: Path, missing_ok: bool = False) -> None:
        unlink(self, missing_ok)
        if self.suffix == ".new":
            self.symlink_to(elsewhere)

    monkeypatch.setattr(Path, "unlink", unlinked)
    assert Stop(state, HeldClock()).engage("smoke", CONSOLE).engaged
    assert elsewhere.read_text() == "root's own"
    assert Stop(state, HeldClock()).engaged


def test_a_latch_that_is_a_link_is_not_written_through_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    stop = Stop(tmp_path, HeldClock())
    (tmp_path / LATCH).symlink_to(tmp_path / "nologin")
    monkeypatch.setattr(module, "write_latch", full)
    assert stop.engage("smoke", CONSOLE).engaged
    assert not (tmp_path / "nologin").exists()
    assert Stop(tmp_path, HeldClock()).engaged
