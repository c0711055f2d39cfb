from pathlib import Path

import pytest

from claw.base.errors import Unavailable
from claw.channels.views import Views
from tests.living import living
from tests.viewing import views_of


async def test_without_them_the_desk_says_so_and_with_them_they_are_the_desks(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        views = views_of(daemon)
        assert isinstance(daemon.desk.views, Views)
        assert (views.drafting, views.health, views.finding) == (
            daemon.desk.views.drafting,
            daemon.desk.views.health,
            daemon.desk.views.finding,
        )
        daemon.desk._views = None
        with pytest.raises(Unavailable):
            _ = daemon.desk.views
