import sqlite3
from pathlib import Path

from tests.living import OWNER, living


async def test_a_log_that_does_not_hold_engages_the_stop_before_anything_can_act(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.say("turn on the hall ceiling light", OWNER)
    with sqlite3.connect(tmp_path / "state" / "audit.db") as db:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        db.execute("update payloads set body = cast('{}' as blob) where seq = 1")
    db.close()
    async with living(tmp_path) as daemon:
        assert daemon.stop.engaged
        assert daemon.stop.state().local
        assert (await daemon.desk.say("turn off the hall ceiling light", OWNER)).status == "stopped"


async def test_three_failed_writes_in_a_minute_engage_the_stop(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        now = daemon.clock.monotonic()
        for failures in ([now - 100, now - 90, now], [now - 2, now - 1, now]):
            assert not daemon.stop.engaged
            daemon.audit.failures.clear()
            daemon.audit.failures.extend(failures)
            assert daemon.audit.on_failure is not None
            daemon.audit.on_failure()
        assert daemon.stop.engaged
