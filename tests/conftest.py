"""What tests of several rooms share: the real Home Assistant, and a browser."""

import os
import sys
from collections.abc import AsyncIterator, Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from _pytest.nodeid import NodeId

from tests.peers.newest_hass import newest_booted
from tests.peers.real_hass import CannotInstall, RealHomeAssistant, booted, newest_python
from tests.read_once import spare


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which real Home Assistant the tests boot."""
    told = "'newest', in a Debian of its own, or that of a Python, '3.12' (usual: that of the newest Python here)"
    parser.addoption("--home-assistant", metavar="WHICH", help=f"boot this Home Assistant: {told}")


def pytest_configure(config: pytest.Config) -> None:
    """Whoever shares the tests out has nothing to do until they are collected."""
    processes = len(config.getoption("tx", None) or ())
    if os.environ.get("CI") and processes > 1 and not hasattr(config, "workerinput"):
        from tests.rewritten import rewrite_ahead  # noqa: PLC0415  only where there is somebody to do it for

        rewrite_ahead(config, processes)


@pytest.hookimpl(tryfirst=True)  # before tests are left out by their marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything that uses the real Home Assistant runs in one process, one after another: there is one house.

    So does what looks at pages: there is one browser.  What is tried with drawn values is tried with all of them in
    ``make prove``, with a third in ``make test`` (the same third in every run of CI), and in full by who names a test.
    """
    run = config.getoption("markexpr")
    for item in items:
        drawn = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if drawn and run == "prove":
            item.add_marker(pytest.mark.prove)
        elif drawn and run == "not prove":
            _draw_less(item)
        wanted: Collection[str] = getattr(item, "fixturenames", ())
        if "home_assistant" in wanted:
            item.add_marker(pytest.mark.real_home_assistant)
            item.add_marker(pytest.mark.xdist_group("home_assistant"))
            # Whichever comes first also waits for the installation.
            item.add_marker(pytest.mark.timeout(1200))
        elif "chromium" in wanted:
            item.add_marker(pytest.mark.xdist_group("browser"))
        if getattr(config.option, "loadgroup", False) and (group := item.get_closest_marker("xdist_group")):
            # Whoever shares the tests out knows their names only.  xdist writes the group where pytest no longer looks.
            item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")  # type: ignore[attr-defined]


def _draw_less(item: pytest.Item) -> None:
    from hypothesis import settings  # noqa: PLC0415  only where something is drawn

    test: Any = getattr(item.obj, "__func__", item.obj)  # type: ignore[attr-defined]
    whole: settings = test._hypothesis_internal_use_settings
    if not hasattr(test, "drawn_less"):
        few = max(whole.max_examples // 3, 10)
        usual = whole.deadline == settings.default.deadline  # 200 ms: a busy machine needs more
        patience = None if usual else whole.deadline
        test._hypothesis_internal_use_settings = settings(whole, max_examples=few, deadline=patience)
        test.drawn_less = True


def pytest_collection_finish() -> None:
    """By now the rooms of all tests are read."""
    spare()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Share the tests out by file and group, the longest first, where ``make test`` shares them out."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from tests.spread import ByFile  # noqa: PLC0415  only where there is somebody to share with

    return ByFile(config, log)


def _python(which: str | None) -> str | None:
    if which is None:
        return None
    found = newest_python([int(which.removeprefix("3."))])
    if f"python{which}" not in found and f"3.{sys.version_info.minor}" != which:
        pytest.fail(f"--home-assistant: there is no usable Python {which} here", pytrace=False)
    return found


@pytest.fixture(scope="session")
def home_assistant(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealHomeAssistant]:
    """A running Home Assistant with a furnished demo house, the same one for the whole run."""
    folder, which = tmp_path_factory.mktemp("home-assistant"), request.config.getoption("home_assistant")
    try:
        with newest_booted(folder) if which == "newest" else booted(folder, base=_python(which)) as peer:
            yield peer
    except CannotInstall as error:
        pytest.skip(f"HOME ASSISTANT CANNOT BE INSTALLED HERE, nothing was tried against a real one: {error}")


@pytest.fixture(scope="session")
def tiny_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a speech model that faster-whisper loads, made now, the same one for the whole run."""
    if find_spec("faster_whisper") is None:
        pytest.skip("FASTER-WHISPER IS NOT INSTALLED HERE, nothing was heard by it")
    from tests.peers.tiny_whisper import build  # noqa: PLC0415  numpy, only where something is heard

    return build(tmp_path_factory.mktemp("speech") / "tiny")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[None]:
    """A browser in front of which daemons come and go, the same one for the whole run."""
    from tests.browsing import one_browser  # noqa: PLC0415  only where a page is looked at is playwright wanted

    async with one_browser():
        yield
