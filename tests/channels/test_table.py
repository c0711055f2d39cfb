"""Which channel keeps which promise: no channel is left out, and no promise without a reason."""

import ast
from pathlib import Path

import claw
from claw.channels import contract as promised
from claw.policy.words import CHANNELS
from tests.channels.contract import PROMISES, ROWS, Adapter, ChannelContract, Row
from tests.channels.test_mcp import McpTools
from tests.channels.test_mqtt import Mqtt
from tests.channels.test_openai import OpenAi
from tests.channels.test_phone import Phone
from tests.channels.test_socket import Socket
from tests.channels.test_telegram import Telegram
from tests.channels.test_voice import Satellite
from tests.channels.test_web import Web

ADAPTERS: tuple[type[Adapter], ...] = (Socket, Web, OpenAi, McpTools, Telegram, Phone, Mqtt, Satellite)

ELSEWHERE = {
    "api": "the page's interface with a token: see test_web.py",
    "socket": "what rules call the local socket too: see test_socket.py",
    "screen": "the page's interface with a client that is a place and nobody: tests/unit/channels/web/test_session.py",
    "routine": "nobody speaks through it: it acts for somebody (tests/stories/test_routines.py)",
    "system": "the daemon's own acts",
    "notifier": "it only tells: nothing comes in by it (tests/unit/channels/test_notifier.py)",
    "ntfy": "as notifier",
    "webhook": "as notifier",
}
"""Kinds of channel without a file of their own here, and why."""

LEFT_OUT: dict[str, set[Row]] = {
    "phone": {"rights", "stop", "long and empty"},
    "mqtt": {"rights", "long and empty", "duplicates"},
}
"""Promises that cannot be asked for, by channel; the reasons stand in the adapters."""


def test_every_kind_of_channel_is_tried_or_has_a_reason() -> None:
    tried = {adapter.kind for adapter in ADAPTERS}
    assert set(CHANNELS) - tried - set(ELSEWHERE) == set()
    kinds: set[str] = set()
    for path in (*Path(claw.__file__).parent.glob("channels/*.py"), *Path(claw.__file__).parent.glob("daemon/met*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                kinds |= {
                    one.value.value
                    for one in node.body
                    if isinstance(one, ast.Assign)
                    and isinstance(one.targets[0], ast.Name)
                    and one.targets[0].id == "kind"
                    and isinstance(one.value, ast.Constant)
                    and isinstance(one.value.value, str)
                }
    assert {"telegram", "phone", "mqtt"} <= kinds
    assert kinds - tried - set(ELSEWHERE) == set(), "a new channel brings a file of its own here"


def test_every_file_here_is_in_the_table() -> None:
    files = {path.stem for path in Path(__file__).parent.glob("test_*.py")} - {"test_table"}
    assert files == {adapter.__module__.rpartition(".")[2] for adapter in ADAPTERS}


def test_what_cannot_be_asked_of_a_channel_is_listed_with_its_reason() -> None:
    assert {one.kind: set(one.without) for one in ADAPTERS if one.without} == LEFT_OUT
    assert all(len(reason) > 10 for one in ADAPTERS for reason in one.without.values())


def test_every_promise_has_a_test_and_every_test_is_about_one() -> None:
    assert set(PROMISES.values()) == set(ROWS)
    tests = {name for name in vars(ChannelContract) if name.startswith("test_")}
    assert tests == set(PROMISES)
    words = (promised.__doc__ or "").replace("\n", " ")
    assert all(row.split()[0] in words for row in ROWS), "the promises are those of the channels' own file"


def test_only_what_proves_a_person_well_takes_a_yes_to_what_is_risky() -> None:
    assert {adapter.kind for adapter in ADAPTERS if adapter.risky} == {"cli", "web"}
    assert {adapter.kind for adapter in ADAPTERS if adapter.answers} == {"cli", "web", "telegram", "phone"}
    assert {adapter.kind for adapter in ADAPTERS if adapter.person is None} == {"mqtt", "voice"}
