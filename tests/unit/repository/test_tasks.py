"""Whatever goes on by itself in the daemon is supervised, or ends with what began it: no task dies unseen.

A task that nobody supervises has a line here which says why it needs nobody.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

CLAW = Path(__file__).parents[3] / "claw"
BEGIN = {"create_task", "ensure_future", "Thread"}
NO_DAEMON = {"cli", "care", "evaluation"}

WAITED = "whoever begins it waits for it in the same function, and ends it"
ONE = "one act, request, message or run: it ends with that, and its end is told where it matters"
ANEW = "it does what there is to do and ends; whoever has more to do begins it anew"
ONCE = "it is done once, at a start or an end"
CHILD = "it runs in a child process, whose end is seen by whoever holds it"
TRIAL = "a part of a drill, a proof or a simulated house"

UNSUPERVISED = {
    "audit/checkpoint.py:run": WAITED,
    "audit/witness.py:hand": ANEW,
    "audit/witness.py:read": WAITED,
    "audit/witness.py:run": ONE,
    "base/clock.py:within": WAITED,
    "base/supervised.py:_once": WAITED,
    "base/supervised.py:start": "this is what supervises",
    "channels/agent_jobs.py:do": ONE,
    "channels/attended.py:attended": WAITED,
    "channels/microphone.py:_once": WAITED,
    "channels/microphone_turns.py:_go": ONE,
    "channels/mqtt.py:_served": WAITED,
    "channels/notifier.py:tell": WAITED,
    "channels/once.py:__call__": ONE,
    "channels/phone.py:_happened": ONE,
    "channels/posting.py:_put": ONE,
    "channels/socket.py:_accept": ONE,
    "channels/socket.py:_follow": WAITED,
    "channels/socket.py:_read": WAITED,
    "channels/telegram_chats.py:_answer": WAITED,
    "channels/telegram_chats.py:_spawn": ONE,
    "channels/telegram_chats.py:_typed": ANEW,
    "channels/web/events.py:_until_first": WAITED,
    "channels/web/mcp_door.py:_make": ANEW,
    "channels/web/openai_door.py:_news": WAITED,
    "channels/web/openai_door.py:_stream": WAITED,
    "channels/web/server.py:start": "it waits for the end, and then ends the server",
    "channels/wyoming.py:_opened": ANEW,
    "channels/wyoming.py:start": ONCE,
    "channels/wyoming_talk.py:_begin": ONE,
    "daemon/daily_backup.py:_make": WAITED,
    "daemon/drill_programs.py:working": TRIAL,
    "daemon/jumping.py:_first": TRIAL,
    "daemon/jumping.py:live": TRIAL,
    "daemon/notifying.py:ready": "without its signs of life the service manager starts the daemon again",
    "daemon/notifying.py:reload": ONCE,
    "daemon/run.py:serve": ONCE,
    "daemon/stopping.py:_end": ONCE,
    "daemon/traces.py:_send": WAITED,
    "daemon/voiced.py:listen": ONCE,
    "gate/breach.py:look": ANEW,
    "gate/drill.py:__aenter__": TRIAL,
    "gate/follow.py:send": ONE,
    "gate/follow.py:take": ONE,
    "gate/heartbeat.py:_have_watched": "a beat later there is another one, and without one nothing moves",
    "gate/helper.py:_begin": ONE,
    "gate/logbook.py:take": ANEW,
    "house/home_assistant.py:_hold": "it ends the link when it fails, and another link begins",
    "house/home_assistant.py:_until": WAITED,
    "house/link.py:_begin": "each ends the link when it fails, and another link begins",
    "house/simulated.py:_set_off": TRIAL,
    "mind/planner.py:answer": WAITED,
    "program/confined.py:brought_up": WAITED,
    "program/run.py:_attend": ONE,
    "program/run.py:_settled": WAITED,
    "program/run.py:_take_up": ONE,
    "program/sandbox.py:_task": ONE,
    "program/waits.py:until": WAITED,
    "routines/alarms.py:_linked": ANEW,
    "routines/effector.py:_run": ONE,
    "routines/events.py:listen": ONE,
    "routines/hands.py:_soon": ANEW,
    "routines/keeper.py:start": ONCE,
    "routines/reports.py:wake": ANEW,
    "routines/unattended.py:_begin": ONE,
    "routines/under_way.py:_launch": ONE,
    "routines/under_way.py:_let_go": WAITED,
    "routines/under_way.py:_limited": WAITED,
    "skills/aftermath.py:take": ANEW,
    "skills/learning.py:_beside": ONE,
    "skills/life.py:_soon": ONE,
    "skills/proof.py:together": TRIAL,
    "skills/proofs.py:_put": ANEW,
    "skills/proving.py:prove": TRIAL,
    "skills/runner.py:_begin": ONE,
    "skills/runner.py:_until": WAITED,
    "voice/afterwards.py:_spawn": ONE,
    "voice/ear_server.py:_accept": CHILD,
    "voice/frames.py:read": WAITED,
    "voice/hearing.py:hear": ONE,
    "voice/listening_child.py:_hear": CHILD,
    "voice/listening_child.py:run": CHILD,
    "voice/rings.py:ring": ONE,
    "voice/speaker.py:_now": ONE,
    "voice/speech_house.py:hush": ONE,
    "voice/speech_messages.py:tell": WAITED,
    "voice/transcriber.py:speculate": ONE,
    "voice/turns.py:_wait": WAITED,
    "voice/turns.py:take": ONE,
    "voice/wake.py:__init__": CHILD,
    "voice/whisper.py:_keep": ANEW,
    "voice/whisper.py:transcribe": ONE,
    "voice/wyoming_line.py:to": WAITED,
}


def begun(path: Path) -> Iterator[str]:
    """Give ``file:function`` for each place in a module where a task or a thread is begun."""

    def walk(node: ast.AST, where: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else where
            if isinstance(child, ast.Call):
                called = child.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if name in BEGIN:
                    yield f"{path.relative_to(CLAW)}:{where}"
            yield from walk(child, inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), "")


def test_what_goes_on_by_itself_is_supervised_or_needs_nobody_and_says_why() -> None:
    modules = [path for path in CLAW.rglob("*.py") if path.relative_to(CLAW).parts[0] not in NO_DAEMON]
    found = {place for path in modules for place in begun(path)}
    assert sorted(found - UNSUPERVISED.keys()) == [], "supervise it (claw/base/supervised.py), or say here why not"
    assert sorted(UNSUPERVISED.keys() - found) == [], "it begins nothing any more"


def test_this_test_sees_a_task() -> None:
    module = CLAW / "base" / "clock.py"
    assert set(begun(module)) == {"base/clock.py:within"}
