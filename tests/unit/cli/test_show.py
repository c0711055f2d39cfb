"""What a terminal is shown: everything that comes from outside is text."""

from typing import Any

import pytest

from claw.cli import show
from tests.cli_room import STATUS
from tests.unit.cli.test_voice_print import EARS


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


@pytest.mark.parametrize("text", ["\x1b[31mred", "[bold red]red[/]", "a\u202eb", "bell\x07"])
def test_text_from_outside_cannot_paint_or_steer(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    show.reply({"status": "answered", "text": text})
    out = printed(capsys)
    assert not {"\x1b", "\u202e", "\x07"} & set(out)
    if text.startswith("["):
        assert "[bold red]" in out


def test_status_says_how_the_house_the_switch_and_the_log_are(capsys: pytest.CaptureFixture[str]) -> None:
    show.status(STATUS)
    out = printed(capsys)
    assert "ready, 81 entities" in out
    assert "not engaged" in out
    assert "7 entries, holds" in out


@pytest.mark.parametrize(("local", "where"), [(True, "only at this console"), (False, "by an adult on the page")])
def test_an_engaged_stop_says_who_why_and_where_it_is_reset(
    local: bool, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show.status(STATUS | {"stop": {"engaged": True, "reason": "smoke", "by": "anna", "local": local}})
    assert f"ENGAGED by anna: smoke; reset {where}" in printed(capsys)


def test_a_stop_says_what_is_not_watched_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    stop = {"engaged": True, "reason": "smoke", "by": "", "local": True, "unwatched": "It does not react to smoke."}
    show.status(STATUS | {"stop": stop})
    assert "It does not react to smoke." in printed(capsys)


def test_a_stop_of_nobody_names_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    show.status(STATUS | {"stop": {"engaged": True, "reason": "the latch is empty", "by": "", "local": True}})
    assert "ENGAGED: the latch is empty" in printed(capsys)


def test_a_log_that_does_not_hold_and_a_policy_that_was_not_taken_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    show.status(
        STATUS | {"audit": {**STATUS["audit"], "holds": False, "lost": 2}, "policy_problem": "policy.yaml:3: found x"}
    )
    out = printed(capsys)
    assert "does not hold" in out
    assert "2 notes could not be written" in out
    assert "policy.yaml:3: found x" in out


def test_a_policy_that_was_changed_behind_its_back_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    show.status(STATUS | {"policy_notice": "the policy file was changed while no daemon ran"})
    assert "changed while no daemon ran" in printed(capsys)


def test_an_explanation_names_the_rule_and_the_nearest_other(capsys: pytest.CaptureFixture[str]) -> None:
    decision = {"effect": "confirm", "rule": "doors", "why": "an open door lets anybody in"}
    nearest = {"rule": "nobody-there", "effect": "deny", "lacked": "channel: routine"}
    show.explanation(
        {"entities": [{"entity": "lock.a", "decision": decision, "matched": ["doors"], "nearest": nearest}]}
    )
    out = printed(capsys)
    assert "lock.a: confirm by doors: an open door lets anybody in" in out
    assert "nobody-there (deny); it lacked channel: routine" in out


def test_no_rule_is_said_as_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    decision = {"effect": "deny", "rule": None, "why": "nothing allows it"}
    show.explanation({"entities": [{"entity": None, "decision": decision, "matched": [], "nearest": None}]})
    assert printed(capsys) == "deny by no rule: nothing allows it\n"


def test_a_call_of_a_model_is_told_by_its_purpose_and_its_price(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"purpose": "plan", "tokens": 3188, "prompt": "6923acc1" * 8}
    action = {"name": "claw.model", "entities": [], "data": data}
    row = {
        "seq": 3,
        "time": "2026-05-01T12:00:00+00:00",
        "kind": "intent",
        "origin": None,
        "payload": {"action": action},
    }
    show.entry(row)
    assert capsys.readouterr().out.strip().endswith("claw.model plan, at most 3188 tokens")


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (
            {"action": {"name": "claw.schedule", "entities": [], "data": {"spec": '{"name": "Blinds", "do": []}'}}},
            "claw.schedule Blinds",
        ),
        (
            {"action": {"name": "claw.routine_change", "entities": [], "data": {"routine": "r1", "spec": "(hidden)"}}},
            "claw.routine_change r1 (hidden)",
        ),
        ({"routine": "r1", "step": "pause", "state": "paused"}, "pause r1: paused"),
    ],
)
def test_an_act_on_a_routine_is_told_by_its_name(
    payload: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show.entry({"seq": 3, "time": "2026-01-05T12:00:00+00:00", "kind": "x", "origin": None, "payload": payload})
    assert printed(capsys).endswith(f" {said}\n")


def test_what_is_remembered_is_told_by_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"op": "keep", "sentence": "Sam likes tea", "fact": '{"kind": "fact"}'}
    payload = {"action": {"name": "claw.remember", "entities": [], "data": data}}
    show.entry({"seq": 3, "time": "2026-01-05T12:00:00+00:00", "kind": "intent", "origin": None, "payload": payload})
    assert printed(capsys).endswith("claw.remember keep Sam likes tea\n")


def test_an_erased_entry_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    show.entry({"seq": 3, "time": "2026-01-05T12:00:00+00:00", "kind": "note", "origin": None, "payload": None})
    assert printed(capsys).split()[0] == "3"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"pause": {"paused": True, "reason": "guests", "until": "2026-01-05T12:30:00"}}, "until 2026-01-05T12:30:00"),
        ({"drill": None}, "none yet"),
        ({"drill": {"ok": False, "time": "2026-01-05"}}, "FAILED"),
        ({"stopping": {"helper": None, "reserve": {"bytes": 0, "used": True}}}, "disk is full"),
        (
            {
                "stopping": {
                    "helper": {"entity": "input_boolean.stop", "state": "missing", "shows": False},
                    "reserve": {"bytes": 1, "used": False},
                }
            },
            "input_boolean.stop is missing",
        ),
    ],
)
def test_what_of_the_stop_is_worth_a_look_is_told(
    changed: dict[str, object], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show.status({**STATUS, **changed})
    assert says in capsys.readouterr().out


MODEL = {
    "name": "small\x1b[2J",
    "host": "127.0.0.1",
    "problem": "",
    "tokens": 12_345,
    "tokens_per_day": 500_000,
    "money": None,
    "money_per_day": None,
}


def test_status_says_which_model_is_asked_and_what_it_cost_today(capsys: pytest.CaptureFixture[str]) -> None:
    show.status(STATUS)
    assert "model    none" in capsys.readouterr().out
    show.status(STATUS | {"model": MODEL, "tokens": 12_345})
    out = capsys.readouterr().out
    assert "model    small[2J at 127.0.0.1\n" in out
    assert "tokens   12,345 of 500,000 today\n" in out
    show.status(STATUS | {"model": {**MODEL, "money": 0.01, "money_per_day": 2.5}})
    assert "tokens   12,345 of 500,000 today, 0.0100 of 2.5 in money\n" in capsys.readouterr().out
    show.status(STATUS | {"model": {**MODEL, "money": 0.01}})
    assert "today, 0.0100 in money\n" in capsys.readouterr().out
    show.status(STATUS | {"model": {**MODEL, "problem": "the model server refuses the key"}})
    assert "the model server refuses the key" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sandbox", "says"),
    [
        ("bubblewrap", "sandbox  bubblewrap: programs see no file"),
        ("plain", "sandbox  plain: install bubblewrap"),
        ("none", "sandbox  none for this machine: only the sentences"),
        ("other\x1b[2J", "sandbox  other[2J\n"),
    ],
)
def test_status_says_what_programs_run_in_and_how_that_is_made_better(
    sandbox: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show.status(STATUS | {"sandbox": sandbox})
    assert says in capsys.readouterr().out


ROW = {"seq": 3, "time": "2026-11-21T15:00:00+00:00", "origin": {"person": "anna"}}
LAMP = {"name": "light.turn_on", "entities": ["light.a"], "data": {}}


def test_status_says_which_channels_are_ready_and_what_the_others_lack(capsys: pytest.CaptureFixture[str]) -> None:
    show.status(STATUS)
    assert "channels" not in capsys.readouterr().out
    phone = {"kind": "phone", "ready": False, "detail": "answers cannot be heard\x1b[2J: [bold]an administrator"}
    mqtt = {"kind": "mqtt", "ready": True, "detail": ""}
    show.status(STATUS | {"channels": [phone, mqtt, mqtt]})
    out = capsys.readouterr().out
    assert "channels mqtt\n" in out
    assert "         phone: answers cannot be heard[2J: [bold]an administrator\n" in out
    show.status(STATUS | {"channels": [phone]})
    assert "channels none\n" in capsys.readouterr().out


def test_status_says_what_does_not_work_and_since_when(capsys: pytest.CaptureFixture[str]) -> None:
    fault = {"part": "telegram", "text": "no \x1b[2Jnetwork", "since": "2026-01-05T12:00:00+00:00"}
    show.status(STATUS | {"degraded": [fault]})
    assert "degraded telegram since 2026-01-05 12:00: no [2Jnetwork" in capsys.readouterr().out


def test_status_says_how_the_ears_do_where_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    show.status({**STATUS, "voice": None})
    assert "voice" not in capsys.readouterr().out
    show.status({**STATUS, "voice": EARS})
    out = capsys.readouterr().out
    assert "voice    Wyoming on 127.0.0.1:10700, 2 connections, 1 of 2 microphones listen" in out
    assert "spoken turns: done 2, echo 1" in out


@pytest.mark.parametrize(
    ("kind", "payload", "line"),
    [
        ("program", {"run": "0a1b", "said": "cosy", "source": "x"}, "cosy"),
        (
            "rehearsal",
            {"run": "0a1b", "acts": [{"line": 2, "action": LAMP}] * 2},
            "light.turn_on light.a; light.turn_on",
        ),
        ("rehearsal", {"run": "0a1b", "acts": []}, "would do nothing"),
        ("twin", {"heard_first": "assist_satellite.hall"}, "done once, first heard by assist_satellite.hall"),
        ("calls", {"calls": [{"line": 2, "call": "call", "times": 1, "entries": [7, 8]}]}, "line 2: call → 7, 8"),
        ("ended", {"run": "0a1b", "how": "ended"}, "ended     anna       ended"),
        ("ended", {"run": "0a1b", "how": "failed", "why": "KeyError: x"}, "KeyError: x"),
    ],
)
def test_what_a_program_leaves_in_the_log_is_a_line_each(
    kind: str, payload: dict[str, object], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show.entry({**ROW, "kind": kind, "payload": payload})
    out = printed(capsys)
    assert line in out
    assert out.count("\n") == 1


def test_why_prints_a_program_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    source = 'for one in ("light.a",):\n    await call("light.turn_on", one)  # [b]\x1b'
    entry = {**ROW, "kind": "program", "payload": {"said": "cosy", "source": source}}
    show.why({"entry": entry, "because": [], "came_of_it": []})
    out = printed(capsys)
    assert '| for one in ("light.a",):' in out
    assert '|     await call("light.turn_on", one) # [b]' in out
    assert "\x1b" not in out


def test_what_somebody_else_said_is_said_to_be_theirs(capsys: pytest.CaptureFixture[str]) -> None:
    entry = {"seq": 3, "time": "2026-01-05T12:00:00+00:00", "kind": "question", "origin": {"person": "ben"}}
    entry |= {"payload": {"id": "q1", "private": True}}
    show.why({"entry": entry, "because": [], "came_of_it": []})
    out = printed(capsys)
    assert out.count(show.PRIVATE) == 2
    assert "q1" not in out


def test_a_step_of_a_skill_is_told_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    payload = {"skill": "movie-time", "what": "demoted", "why": "the lamp is gone", "state": "shadow"}
    show.entry({"seq": 7, "time": "2026-01-05T12:00:00+00:00", "kind": "skill", "origin": None, "payload": payload})
    assert "movie-time demoted: the lamp is gone" in capsys.readouterr().out
