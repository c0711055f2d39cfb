"""One program in the sandbox, and what the package that runs it promises: its contract, with this version of it."""

import asyncio
from datetime import timedelta
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest

from claw.program.events import Answer, Call, Ended, Event, Failed, Handle, Mistyped, Span, Trouble, Value, Wave
from claw.program.frozen import Frozen
from claw.program.session import Outside, Session
from claw.program.waiting import functions_of
from tests.sandbox_room import NOW, STUBS, room

ON = 'call("light.turn_on", "light.a")'


async def ended(source: str, answer: Any = None) -> Event:
    async with room() as held:
        return await held.run(source, answer=answer)


def test_the_package_is_the_one_these_tests_speak_of() -> None:
    for part in ("pydantic-monty", "pydantic-monty-client", "pydantic-monty-runtime"):
        assert version(part) == "1.4.0"


async def test_a_program_ends_with_its_last_value_and_what_it_printed() -> None:
    assert await ended('print("hé", 1)\nprint("two")\n(1, {"a": None})') == Ended([1, {"a": None}], "hé 1\ntwo\n")
    assert await ended("x = 1") == Ended(None, "")


async def test_calls_that_are_awaited_together_are_one_wave_in_their_order() -> None:
    source = (
        "import asyncio\n"
        "async def two(entity):\n"
        '    await call("light.turn_on", entity)\n'
        '    return await call("light.turn_off", entity, transition=2)\n'
        'found = await asyncio.gather(two("light.a"), two("light.b"), ask("who?"))\n'
        "found"
    )
    async with room() as held, held.session() as session:
        first = await session.start(source)
        assert isinstance(first, Wave)
        assert [(call.name, call.args) for call in first.calls] == [
            ("ask", ("who?",)),
            ("call", ("light.turn_on", "light.a")),
            ("call", ("light.turn_on", "light.b")),
        ]
        assert [call.id for call in first.calls] == sorted(call.id for call in first.calls)
        second = await session.resume({call.id: Value(call.name) for call in first.calls})
        assert isinstance(second, Wave)
        assert [(call.args[1], call.kwargs) for call in second.calls] == [
            ("light.a", {"transition": 2}),
            ("light.b", {"transition": 2}),
        ]
        end = await session.resume({call.id: Value(call.args[1]) for call in second.calls})
        assert end == Ended(["light.a", "light.b", "ask"], "")


async def test_a_function_that_is_not_awaited_waits_alone() -> None:
    async with room() as held, held.session() as session:
        wave = await session.start('x = state("light.a")\ny = await ask(x)\n[x, y]')
        assert wave == Wave((Call(1, "state", ("light.a",), {}, Span(4, 20, 1)),), awaited=False)
        wave = await session.resume({1: Value("off")})
        assert isinstance(wave, Wave)
        assert (wave.awaited, wave.calls[0].args) == (True, ("off",))
        assert await session.resume({wave.calls[0].id: Value(None)}) == Ended(["off", None], "")


async def test_a_place_is_in_bytes_of_the_source_and_its_line() -> None:
    source = f'x = "é"\n\nawait {ON}'
    async with room() as held, held.session() as session:
        wave = await session.start(source)
        assert isinstance(wave, Wave)
        span = wave.calls[0].span
        assert source.encode()[span.start : span.end].decode() == ON
        assert span.line == 3


async def test_the_same_program_makes_the_same_waves_each_time() -> None:
    source = (
        "import asyncio, random, datetime, time\n"
        "order = [random.random(), random.randint(0, 10**6), time.time(), str(datetime.datetime.now()), hash('a')]\n"
        "order += list({'a', 'b', 'c'})\n"
        'x = await asyncio.gather(*[ask(str(one)) for one in order], call("light.turn_on", "light.a"))\n'
        "[x, id([])]"
    )
    async with room() as held:
        ends = [await held.run(source, answer=lambda call: Value(call.args)) for _ in range(2)]
        calls = held.calls
    assert isinstance(ends[0], Ended)
    assert ends[0] == ends[1]
    assert calls[: len(calls) // 2] == calls[len(calls) // 2 :]


async def test_the_clock_is_the_turns_own_and_stands() -> None:
    source = (
        "import datetime, time\n"
        "a = datetime.datetime.now()\ntime.sleep(5)\nb = datetime.datetime.now()\n"
        "[str(a), a == b, str(datetime.date.today()), time.time(), str(datetime.datetime.now(datetime.timezone.utc)),"
        " time.localtime().tm_hour]"
    )
    end = await ended(source)
    assert end == Ended(
        ["2026-01-05 13:30:00", True, "2026-01-05", NOW.timestamp(), "2026-01-05 12:30:00+00:00", 13], ""
    )


async def test_a_seed_is_a_seed() -> None:
    async with room() as held:

        async def drawn(seed: int) -> Event:
            async with held.session(seed=seed) as session:
                return await session.start("import random\n[random.random(), random.random()]")

        assert await drawn(1) == await drawn(1)
        assert await drawn(1) != await drawn(2)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('await call("light.turn_on", "light.zz")', "line 1: Argument"),
        ('x = 1\nawait call("lock.unlock", "light.a")', "line 2: Argument"),
        ('x = 1\n\ncall("light.turn_on", "light.a")', "line 3: "),
        ('x: int = state("light.a")', "not assignable"),
        ("undefined_name", "line 1: Name"),
        ('await ask("a", "b")', "Too many"),
        ('state("light.a").foo', "attribute"),
        ("class A:\n    pass\nclass B(A):\n    pass", "inherit"),
        ("x = (", "line 1"),
        ("f = call", "line 1"),
    ],
)
async def test_a_program_that_does_not_fit_is_told_where_and_nothing_of_it_runs(source: str, said: str) -> None:
    async with room() as held, held.session() as session:
        with pytest.raises(Mistyped) as found:
            await session.check(f"{source}\nawait {ON}")
        assert said.lower() in found.value.diagnostics.lower()
        assert "claw_begins" not in found.value.diagnostics


async def test_after_one_that_did_not_fit_another_is_checked_in_the_same_session() -> None:
    async with room() as held, held.session() as session:
        for source in ("x: int = 'a'", "f = call", "x = ("):
            with pytest.raises(Mistyped):
                await session.check(source)
        await session.check("2 + 2")
        with pytest.raises(ValueError, match="one program"):
            await session.check("3 + 3")
        assert await session.start("2 + 2") == Ended(4, "")
        with pytest.raises(ValueError, match="one program"):
            await session.start("2 + 2")


async def test_a_check_runs_nothing() -> None:
    async with room() as held, held.session() as session:
        await session.check(f'print("x")\nawait {ON}')
        with pytest.raises(ValueError, match="waits"):
            session.dump()
        wave = await session.start(f'print("x")\nawait {ON}')
        assert isinstance(wave, Wave)


async def test_a_choice_of_a_thousand_is_not_told_whole() -> None:
    stubs = STUBS.replace('"light.a", "light.b"', ", ".join(f'"light.lamp_{n}"' for n in range(1000)))
    async with room() as held, held.sandbox.session(stubs, NOW, 1) as session:
        with pytest.raises(Mistyped) as found:
            await session.check('state("light.zz")')
    assert len(found.value.diagnostics) < 500
    assert "light.zz" in found.value.diagnostics


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("x = 1\nx / 0", "ZeroDivisionError", 2),
        ("def f():\n    return [][0]\nf()", "IndexError", 2),
        ('raise ValueError("no: really")', "ValueError", 1),
        ("while True:\n    pass", "TimeoutError", 0),
        ("x = []\nwhile True:\n    x.append('a' * 10000)", "MemoryError", 0),
        ('ask("x")\n5', "Mistyped", 0),
    ],
)
async def test_what_goes_wrong_is_told_with_its_line(source: str, kind: str, line: int) -> None:
    end = await ended(source)
    assert isinstance(end, Failed)
    assert end.kind == kind
    assert not line or end.line == line


async def test_a_call_that_nobody_awaited_is_told_and_was_not_made() -> None:
    async with room() as held:
        end = await held.run('x = 1\ny = ask("who?")\nx')
        assert held.calls == []
    assert isinstance(end, Failed)
    assert end.line == 2
    assert "await ask(...)" in end.message


async def test_trouble_is_an_error_in_the_program() -> None:
    source = f"try:\n    await {ON}\nexcept Exception as error:\n    found = [type(error).__name__, str(error)]\nfound"
    for given, kind in (
        ("ValueError", "ValueError"),
        ("PermissionError", "PermissionError"),
        ("Refused", "RuntimeError"),
    ):
        answer = Trouble(given, "line one\nline two")

        def trouble(_call: Call, answer: Answer = answer) -> Answer:
            return answer

        assert await ended(source, trouble) == Ended([kind, "line one line two"], "")


async def test_a_handle_shows_nothing_and_is_known_again() -> None:
    source = (
        'mail = await read("mail")\n'
        'late = await mail.extract("bool")\n'
        'await call("light.turn_on", "light.a", why=[mail])\n'
        "[late, mail, str(mail)]"
    )
    asked: list[Call] = []

    def answer(call: Call) -> Answer:
        asked.append(call)
        return Handle("mail:1", ("extract",)) if call.name == "read" else Value(True)

    end = await ended(source, answer)
    assert isinstance(end, Ended)
    assert end.value[:2] == [True, {"handle": "mail:1"}]
    assert "mail:1" not in end.value[2]
    assert [(call.name, call.on) for call in asked] == [("read", ""), ("extract", "mail:1"), ("call", "")]
    assert asked[2].kwargs == {"why": [{"handle": "mail:1"}]}


async def test_a_handle_is_known_again_in_what_was_kept() -> None:
    source = 'mail = await read("mail")\nawait ask("go on?")\nlate = await mail.extract("bool")\n[mail, late]'
    async with room() as held, held.session() as session:
        wave = await session.start(source)
        assert isinstance(wave, Wave)
        await session.resume({wave.calls[0].id: Handle("mail:1", ("extract",))})
        kept = session.dump()
        async with held.session(typed=False) as again:
            wave = await again.load(kept)
            assert isinstance(wave, Wave)
            wave = await again.resume({wave.calls[0].id: Value("yes")})
            assert isinstance(wave, Wave)
            assert (wave.calls[0].name, wave.calls[0].on) == ("extract", "mail:1")
            assert await again.resume({wave.calls[0].id: Value(1)}) == Ended([{"handle": "mail:1"}, 1], "")


async def test_a_function_can_be_kept_at_too_and_the_twin_and_the_house_answer_differently() -> None:
    source = 'import asyncio\nprint("a")\nx = state("light.a")\nawait asyncio.gather(ask(x), ask("2"))'
    async with room() as held, held.session() as session:
        assert isinstance(await session.start(source), Wave)
        kept = session.dump()
        async with held.session(typed=False) as twin:
            wave = await twin.load(kept)
            assert wave == Wave((Call(1, "state", ("light.a",), {}, Span(30, 46, 3)),), awaited=False)
            wave = await twin.resume({1: Value("twin")})
            assert isinstance(wave, Wave)
            assert [call.args for call in wave.calls] == [("twin",), ("2",)]
            kept = twin.dump()
        wave = await session.resume({1: Value("house")})
        assert isinstance(wave, Wave)
        assert [call.args for call in wave.calls] == [("house",), ("2",)]
        async with held.session(typed=False) as third:
            wave = await third.load(kept)
            assert isinstance(wave, Wave)
            assert await third.resume({call.id: Value(1) for call in wave.calls}) == Ended([1, 1], "a\n")


async def test_the_clock_of_what_was_kept_is_that_of_the_session_it_goes_on_in() -> None:
    source = 'import datetime\na = str(datetime.datetime.now())\nawait ask("?")\n[a, str(datetime.datetime.now())]'
    async with room() as held, held.session() as session:
        assert isinstance(await session.start(source), Wave)
        kept = session.dump()
        async with held.session(typed=False, now=NOW + timedelta(hours=1)) as later:
            wave = await later.load(kept)
            assert isinstance(wave, Wave)
            end = await later.resume({wave.calls[0].id: Value(1)})
    assert end == Ended(["2026-01-05 13:30:00", "2026-01-05 14:30:00"], "")


async def test_what_is_discarded_is_dead_and_answers_nothing() -> None:
    async with room() as held, held.session() as session:
        wave = await session.start(f"await {ON}")
        assert isinstance(wave, Wave)
        session.discard()
        with pytest.raises(ValueError, match="exactly"):
            await session.resume({wave.calls[0].id: Value(1)})
        assert not session.tidy


async def test_an_answer_whose_way_was_cut_is_not_given_again() -> None:
    async with room() as held, held.session() as session:
        wave = await session.start('await ask("?")\nn = 0\nwhile n < 10**9:\n    n += 1')
        assert isinstance(wave, Wave)
        answers = {wave.calls[0].id: Value(1)}
        going = asyncio.create_task(session.resume(answers))
        await asyncio.sleep(0.05)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        with pytest.raises(ValueError, match="exactly"):
            await session.resume(answers)
        assert not session.tidy


class Snapshot(SimpleNamespace):
    """A call that is on its way out of the process."""

    is_os_function = False
    object_id = None
    call_id = 0
    args = ("light.turn_on", "light.a")
    kwargs: dict[str, Any] = {}  # noqa: RUF012  as the package has it
    position = SimpleNamespace(start=20, end=30)


@pytest.mark.parametrize("name", ["call", "state"])
async def test_a_call_that_is_on_its_way_when_the_stop_comes_is_not_delivered(name: str) -> None:
    import pydantic_monty  # noqa: PLC0415  the package is what is stood in for

    class Future:
        pending_call_ids = (0,)

    class Function(Snapshot):
        function_name = name

        async def resume(self, result: object) -> object:
            del result
            return Future()

    package = SimpleNamespace(**vars(pydantic_monty))
    package.AsyncFutureSnapshot, package.AsyncFunctionSnapshot = Future, Function
    stopped = False
    killed: list[int] = []
    worker: Any = SimpleNamespace(pid=1, kill=lambda: killed.append(1))
    outside = Outside(package, worker, lambda: stopped, Frozen(NOW, 1))

    async def answer() -> object:
        return Function()

    session = Session(None, outside, functions_of(STUBS))
    assert isinstance(await session._on(answer()), Wave)
    stopped = True
    session = Session(None, outside, functions_of(STUBS))
    end = await session._on(answer())
    assert isinstance(end, Failed)
    assert end.kind == "crashed"
    assert killed == [1]
