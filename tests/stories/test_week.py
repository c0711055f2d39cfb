"""The daemon of ``claw run`` through half an hour of a busy house; a whole week is ``bench/week.py``."""

from pathlib import Path

from tests.busy_week import Load, live


async def test_a_busy_house_leaves_no_error(tmp_path: Path) -> None:
    lived = await live(tmp_path, 0.02, Load(requests=1_000, routines=2), sensors=20)
    assert lived.errors == []
    assert lived.changes > 700
    assert lived.replies["done"] > 3
    assert not lived.replies["failed"]
