"""One web channel for the tests of a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.serving import Served, serving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A daemon with its web server: no test may leave it stopped."""
    async with serving(tmp_path_factory.mktemp("web")) as running:
        yield running
