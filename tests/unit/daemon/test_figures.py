"""The figures of a whole daemon: each in the format, of a kind from a short list, and none worth failing for."""

from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.channels.tally import Tally
from claw.channels.web.metrics import exposition
from claw.daemon import figures
from claw.daemon.figures import Figures
from claw.house.backend import Link
from tests.exposed import Family, parse
from tests.living import living


async def test_every_figure_is_there_and_one_that_cannot_be_read_keeps_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(tmp_path) as daemon:
        tally = Tally()
        for status in ("ready", "lost", "ready"):
            tally.linked(Link(status))  # type: ignore[arg-type]
        daemon.stopping.children.begun.update({"sandbox": 3, "a": 1, "bedroom": 1})
        (tmp_path / "state" / "audit-1-9.db").write_bytes(b"x" * 100)

        def read() -> dict[str, Family]:
            return dict(parse(exposition(daemon.desk.status(), Figures(daemon, tally)(), known=True)))

        found = read()
        assert found["claw_house_reconnects_total"].value() == 1
        begun = found["claw_children_started_total"]
        assert [begun.value(kind=one) for one in ("sandbox", "draft", "other", "mcp")] == [3, 1, 1, 0]
        assert found["claw_database_bytes"].value(file="sealed") == 100
        assert found["claw_database_bytes"].value(file="log") > 0
        assert sum(found["claw_house_link"].samples.values()) == 1
        assert 1 < found["process_open_fds"].value() <= found["process_max_fds"].value()
        assert found["claw_written_bytes_total"].value() >= 0

        def broken(_since: object) -> None:
            raise Broken("claw.db is damaged")

        monkeypatch.setattr(daemon.routines.book, "counts", broken)
        monkeypatch.setattr(figures, "PROC", tmp_path / "no proc here")
        less = read()
        assert set(found) - set(less) == {
            "claw_routine_firings_day",
            "claw_written_bytes_total",
            "process_resident_memory_bytes",
            "process_open_fds",
            "process_max_fds",
            "process_cpu_seconds_total",
            "claw_build_info",
        }
