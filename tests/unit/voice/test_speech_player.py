import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.base.errors import Unavailable
from claw.gate.children import Children, look
from claw.voice.cues import AT_NIGHT, sound
from claw.voice.frames import Frame, encode
from claw.voice.speech_player import Player, PlayerWay
from claw.voice.speech_server import Format, VoiceServer
from claw.voice.speech_ways import Saying
from tests.held_clock import HeldClock
from tests.peers.wyoming_voice import VoicePeer, tone, voice_peer
from tests.speech_room import until

FORM = Format(22_050)


@pytest.fixture
async def peer() -> AsyncIterator[VoicePeer]:
    async with voice_peer() as found:
        yield found


async def pieces(*found: bytes, form: Format = FORM) -> AsyncIterator[tuple[Format, bytes]]:
    for one in found:
        yield form, one


def player(*command: str, children: Children | None = None, clock: HeldClock | SystemClock | None = None) -> Player:
    return Player(command, children or Children(), clock or SystemClock())


def nothing() -> None: ...


async def test_sound_goes_to_the_input_of_the_command_as_it_comes(tmp_path: Path) -> None:
    out, begun, children = tmp_path / "out", list[bool](), Children()
    await player("sh", "-c", f"cat > {out}", children=children).play(pieces(b"ab", b"cd"), lambda: begun.append(True))
    assert out.read_bytes() == b"abcd"
    assert begun == [True]
    assert children.alive() == []


async def test_it_is_under_the_stop_while_it_plays() -> None:
    children = Children()
    task = asyncio.ensure_future(player("sleep", "60", children=children).play(pieces(b"ab"), nothing))
    await until(children.alive)
    assert children.kill() == ["player"]
    with pytest.raises(Unavailable, match="failed"):
        await task


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("/no/such/player",), "cannot be started"),
        (("false",), "ended before|failed"),
        (("sh", "-c", "exit 3"), "ended before|failed"),
        (("sh", "-c", "cat > /dev/null; exit 1"), "failed"),
    ],
)
async def test_a_player_that_fails_is_said_so(command: Sequence[str], why: str) -> None:
    with pytest.raises(Unavailable, match=why):
        await player(*command).play(pieces(bytes(1 << 18), b"cd"), nothing)


async def test_a_player_that_floods_its_outputs_plays_all_the_same() -> None:
    flood = "(yes | head -c 3000000) & (yes | head -c 3000000 >&2) & cat > /dev/null; wait"
    await player("sh", "-c", flood).play(pieces(b"ab"), nothing)


async def given_up(*command: str, sound: bytes, once: Path | None = None) -> "asyncio.Future[None]":
    """Play ``sound`` until the player is given up, as time passes; it does not while what is killed really dies."""
    clock, children = HeldClock(), Children()
    task = asyncio.ensure_future(player(*command, children=children, clock=clock).play(pieces(sound), nothing))
    await until(lambda: once is None or (once.exists() and once.read_text().strip()))
    while not task.done():
        if children.alive():
            await clock.advance(1)
        await asyncio.sleep(0.001)
    return task


async def test_a_player_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    task = await given_up("sh", "-c", f"sleep 60 & echo $! > {note}; wait", sound=b"ab", once=note)
    with pytest.raises(Unavailable, match="come to an end"):
        await task
    await until(lambda: gone(int(note.read_text())))


async def test_a_player_that_takes_nothing_is_not_waited_for() -> None:
    task = await given_up("sleep", "60", sound=bytes(1 << 20))
    with pytest.raises(Unavailable, match="takes no sound"):
        await task


async def test_it_is_cut_at_once() -> None:
    children = Children()
    plays = player("sleep", "60", children=children)
    task = asyncio.ensure_future(plays.play(pieces(b"ab"), nothing))
    await until(children.alive)
    plays.cut()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children.alive() == []


async def test_it_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAW_HOUSE_TOKEN", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    out = tmp_path / "out"
    await player("sh", "-c", f"cat > /dev/null; env > {out}; pwd >> {out}").play(pieces(b"ab"), nothing)
    seen = out.read_text()
    assert "secret" not in seen
    assert "XDG_RUNTIME_DIR=/run/user/7" in seen
    assert seen.splitlines()[-1] == "/"


async def test_nothing_is_started_for_no_sound(tmp_path: Path) -> None:
    out = tmp_path / "out"
    await player("sh", "-c", f"cat > {out}").play(pieces(), nothing)
    assert not out.exists()


async def test_a_microphone_speaks_with_the_voice_of_a_server(peer: VoicePeer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    way = PlayerWay("hall", "hall", player("sh", "-c", f"cat > {out}"), VoiceServer(peer.server, SystemClock()))
    assert (way.name, way.place, way.ready()) == ("microphone:hall", "hall", True)
    await way.speak(Saying("Dinner.", "en"))
    assert out.read_bytes() == tone(peer.seconds)
    await way.speak(Saying("Dinner.", "en", chime=True))
    assert out.read_bytes() == sound("listening") + tone(peer.seconds)


async def test_a_cue_sounds_in_the_form_in_which_the_server_sends_its_sound(peer: VoicePeer, tmp_path: Path) -> None:
    async def stereo(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        form = {"rate": 16_000, "width": 2, "channels": 2}
        for frame in (Frame("audio-start", form), Frame("audio-chunk", form, b"abcd"), Frame("audio-stop")):
            writer.write(encode(frame))
        await writer.drain()

    peer.instead = stereo
    out = tmp_path / "out"
    way = PlayerWay("hall", "hall", player("sh", "-c", f"cat > {out}"), VoiceServer(peer.server, SystemClock()))
    await way.speak(Saying("Dinner."))
    await way.speak(Saying(cue="done"))
    mono = sound("done", 16_000)
    assert out.read_bytes() == b"".join(mono[at : at + 2] * 2 for at in range(0, len(mono), 2))
    way.cut()  # nothing plays any more


async def test_without_a_server_it_only_sounds_cues(tmp_path: Path) -> None:
    out = tmp_path / "out"
    way = PlayerWay("hall", None, player("sh", "-c", f"cat > {out}"), None)
    assert not way.ready()
    with pytest.raises(Unavailable, match="no voice server"):
        await way.speak(Saying("Dinner."))
    await way.speak(Saying(cue="done"))
    assert out.read_bytes() == sound("done")


async def test_at_night_a_cue_is_quieter_and_the_chime_before_words_is_not(tmp_path: Path, peer: VoicePeer) -> None:
    out = tmp_path / "out"
    voice = VoiceServer(peer.server, SystemClock())
    way = PlayerWay("hall", None, player("sh", "-c", f"cat >> {out}"), voice, lambda: True)
    await way.speak(Saying(cue="done"))
    assert out.read_bytes() == sound("done", loudness=AT_NIGHT)
    await way.speak(Saying("Smoke in the cellar.", chime=True))
    assert sound("listening") in out.read_bytes()


def gone(pid: int) -> bool:
    """Return whether a process has ended, be it that nobody has asked yet how."""
    try:
        return look(pid) is None or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True
