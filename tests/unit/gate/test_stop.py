import json
import os
import shutil
from pathlib import Path

import pytest

from claw.base.action import SYSTEM, Action, Origin
from claw.base.errors import Broken, Refused
from claw.gate.stop import LATCH, Stop, StopState, read_latch
from tests.held_clock import HeldClock

CONSOLE = Origin(channel="cli", person="anna", authenticated=True)
PAGE = Origin(channel="web", person="anna", authenticated=True)


@pytest.fixture
def stop(tmp_path: Path) -> Stop:
    return Stop(tmp_path, HeldClock())


def test_a_fresh_state_directory_is_not_stopped(stop: Stop) -> None:
    assert not stop.engaged
    stop.check()


def test_engaging_holds_in_memory_and_on_disk(stop: Stop, tmp_path: Path) -> None:
    stop.engage("smoke", PAGE)
    with pytest.raises(Refused, match="stopped"):
        stop.check()
    assert Stop(tmp_path, HeldClock()).engaged
    assert (tmp_path / LATCH).stat().st_mode & 0o777 == 0o600


def test_it_says_who_stopped_it_why_and_when(stop: Stop) -> None:
    stop.engage("smoke", PAGE)
    state = stop.state()
    assert (state.engaged, state.reason, state.by, state.local) == (True, "smoke", "anna", False)
    assert state.since == "2026-01-05T12:00:00+00:00"


def test_a_latch_written_by_somebody_else_counts_at_once_and_cuts_what_runs(stop: Stop, tmp_path: Path) -> None:
    cut: list[str] = []
    stop.hooks.append(lambda: cut.append("cut"))
    (tmp_path / LATCH).write_text("")
    assert stop.engaged
    assert stop.engaged
    assert cut == ["cut"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b'{"reason": 1', b"null", b"0", b"[" * 100_000])
def test_a_damaged_latch_is_engaged_and_only_the_console_may_reset_it(
    stop: Stop, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / LATCH).write_bytes(content)
    assert stop.engaged
    assert stop.state().local
    with pytest.raises(Refused, match="console"):
        stop.reset("fine", console=False, adult=True)


def test_a_latch_that_is_a_directory_or_a_dangling_link_is_engaged(stop: Stop, tmp_path: Path) -> None:
    (tmp_path / LATCH).mkdir()
    assert stop.engaged
    (tmp_path / LATCH).rmdir()
    (tmp_path / LATCH).symlink_to(tmp_path / "nowhere")
    assert Stop(tmp_path, HeldClock()).engaged


def test_a_latch_that_leads_nowhere_is_told_and_can_be_reset(stop: Stop, tmp_path: Path) -> None:
    (tmp_path / LATCH).symlink_to(tmp_path / "nowhere")
    assert (stop.engaged, stop.state().engaged, stop.state().local) == (True, True, True)
    stop.reset("fine", console=True, adult=False)
    assert not stop.engaged


def test_a_pipe_for_a_latch_is_engaged_and_holds_nobody_up(stop: Stop, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LATCH)
    assert stop.state().engaged
    assert Stop(tmp_path, HeldClock()).state().local


def test_a_latch_that_cannot_be_removed_still_stops(stop: Stop, tmp_path: Path) -> None:
    (tmp_path / LATCH).mkdir()
    with pytest.raises(Broken, match="cannot be removed"):
        stop.reset("fine", console=True, adult=False)
    assert stop.engaged


def test_taking_the_latch_away_from_a_running_daemon_releases_nothing(stop: Stop, tmp_path: Path) -> None:
    (tmp_path / LATCH).touch()
    later = Stop(tmp_path, HeldClock())
    assert stop.engaged
    (tmp_path / LATCH).unlink()
    assert (stop.engaged, stop.state().local) == (True, True)
    assert later.engaged


def test_every_stop_cuts_what_runs_however_the_one_before_ended(tmp_path: Path) -> None:
    (tmp_path / LATCH).touch()
    stop = Stop(tmp_path, HeldClock())
    cut: list[str] = []
    stop.hooks.append(lambda: cut.append("cut"))
    stop.reset("fine", console=True, adult=False)
    (tmp_path / LATCH).touch()
    assert stop.engaged
    assert cut == ["cut"]
    stop.reset("fine", console=True, adult=False)
    stop.engage("smoke", PAGE)
    assert cut == ["cut", "cut"]


def test_a_missing_state_directory_is_engaged_and_cannot_be_reset(tmp_path: Path) -> None:
    home = tmp_path / "state"
    home.mkdir()
    stop = Stop(home, HeldClock())
    shutil.rmtree(home)
    assert stop.engaged
    with pytest.raises(Refused, match="gone"):
        stop.reset("fine", console=True, adult=False)
    assert stop.engaged


def test_a_latch_that_cannot_be_written_still_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop(tmp_path, HeldClock())

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    stop.engage("smoke", PAGE)
    assert stop.engaged
    assert stop.state().reason == "smoke"


def test_a_second_stop_keeps_the_first_reason_and_never_makes_resetting_easier(stop: Stop) -> None:
    stop.engage("first", PAGE)
    stop.engage("second", CONSOLE)
    state = stop.state()
    assert (state.reason, state.by, state.local) == ("first", "anna", True)
    stop.engage("third", PAGE)
    assert stop.state().local


def test_hooks_run_before_the_latch_is_written(stop: Stop, tmp_path: Path) -> None:
    seen: list[bool] = []
    stop.hooks.append(lambda: seen.append((tmp_path / LATCH).exists()))
    stop.engage("smoke", PAGE)
    assert seen == [False]


def test_listeners_hear_both_directions(stop: Stop) -> None:
    heard: list[bool] = []
    stop.told.append(lambda state: heard.append(state.engaged))
    stop.engage("smoke", PAGE)
    stop.reset("toast", console=True, adult=False)
    assert heard == [True, False]


def test_listeners_hear_once_of_a_latch_that_somebody_else_wrote(stop: Stop, tmp_path: Path) -> None:
    heard: list[StopState] = []
    stop.told.append(heard.append)
    (tmp_path / LATCH).touch()
    assert stop.engaged
    assert stop.engaged
    assert [state.reason for state in heard] == ["the latch is empty: put there by hand, or on a full disk"]


@pytest.mark.parametrize(
    ("origin", "console", "adult", "allowed"),
    [
        (PAGE, False, True, True),
        (PAGE, True, False, True),
        (PAGE, False, False, False),
        (Origin(channel="voice:hall"), False, True, True),
        (Origin(channel="screen:hall"), False, True, True),
        (CONSOLE, False, True, False),
        (CONSOLE, True, False, True),
        (Origin(channel="signal"), False, True, False),
        (Origin(channel="system"), False, True, False),
    ],
)
def test_who_may_reset_depends_on_how_it_was_stopped(
    stop: Stop, origin: Origin, console: bool, adult: bool, allowed: bool
) -> None:
    stop.engage("smoke", origin)
    if allowed:
        stop.reset("toast", console=console, adult=adult)
        assert not stop.engaged
    else:
        with pytest.raises(Refused):
            stop.reset("toast", console=console, adult=adult)
        assert stop.engaged


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reset_needs_a_reason(stop: Stop, reason: str) -> None:
    stop.engage("smoke", PAGE)
    with pytest.raises(Refused, match="reason"):
        stop.reset(reason, console=True, adult=True)
    assert stop.engaged


def test_resetting_what_is_not_stopped_is_refused(stop: Stop) -> None:
    with pytest.raises(Refused, match="not stopped"):
        stop.reset("why not", console=True, adult=True)


def test_hooks_run_again_at_the_next_stop(stop: Stop) -> None:
    cut: list[str] = []
    stop.hooks.append(lambda: cut.append("cut"))
    stop.engage("one", CONSOLE)
    stop.reset("fine", console=True, adult=False)
    stop.engage("two", CONSOLE)
    assert len(cut) == 2


def test_the_latch_says_what_a_person_can_read(stop: Stop, tmp_path: Path) -> None:
    stop.engage("smoke", PAGE)
    assert json.loads((tmp_path / LATCH).read_text())["reason"] == "smoke"
    assert read_latch(tmp_path / LATCH).engaged


def test_a_guard_refuses_without_a_latch(stop: Stop, tmp_path: Path) -> None:
    def away() -> None:
        raise Refused("not responding")

    stop.guards.append(away)
    with pytest.raises(Refused, match="not responding"):
        stop.check()
    assert not stop.engaged
    assert not (tmp_path / LATCH).exists()
    stop.guards.clear()
    stop.check()


def test_a_pause_holds_back_everything_but_claws_own_messages(stop: Stop) -> None:
    def paused() -> None:
        raise Refused("paused")

    stop.pauses.append(paused)
    message, lamp = Action("claw.notify"), Action("light.turn_on", ("light.lamp",))
    stop.check((message,))
    for actions in ((), (lamp,), (message, lamp)):
        with pytest.raises(Refused, match="paused"):
            stop.check(actions)


@pytest.mark.parametrize("name", ["assist_satellite.announce", "tts.speak"])
def test_a_pause_holds_back_no_words_of_claws_own_and_those_of_others(stop: Stop, name: str) -> None:
    def paused() -> None:
        raise Refused("paused")

    stop.pauses.append(paused)
    words = Action(name, ("media_player.hall",), {"message": "smoke"})
    stop.check((words,), SYSTEM)
    for actions, origin in (((words,), CONSOLE), ((words,), None), ((words, Action("light.turn_on")), SYSTEM)):
        with pytest.raises(Refused, match="paused"):
            stop.check(actions, origin)


def test_the_stop_outranks_guards_and_holds_back_messages_too(stop: Stop) -> None:
    stop.engage("smoke", CONSOLE)
    with pytest.raises(Refused, match=r"^stopped$"):
        stop.check((Action("claw.notify"),))


def test_a_hook_or_listener_that_fails_keeps_nothing_from_being_cut_or_written(stop: Stop, tmp_path: Path) -> None:
    cut: list[str] = []

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    stop.hooks += [fail, lambda: cut.append("first"), fail, lambda: cut.append("second")]
    stop.told += [fail, lambda state: cut.append(f"told {state.engaged}")]
    assert stop.engage("smoke", CONSOLE).engaged
    assert cut == ["first", "second", "told True"]
    assert (tmp_path / LATCH).exists()


def test_a_stop_by_the_switch_of_the_house_may_be_reset_like_one_by_the_page(stop: Stop) -> None:
    stop.engage("turned on", Origin("helper", source="input_boolean.stop"))
    assert not stop.state().local
    with pytest.raises(Refused):
        stop.reset("looked", console=False, adult=False)
    stop.reset("looked", console=False, adult=True)


def test_a_stop_by_the_switch_on_top_of_a_local_one_stays_local(stop: Stop) -> None:
    stop.engage("smoke", CONSOLE)
    stop.engage("turned on", Origin("helper"))
    with pytest.raises(Refused, match="console"):
        stop.reset("looked", console=False, adult=True)
