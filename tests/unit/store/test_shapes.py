from itertools import pairwise

from sqlite_utils import Database

from claw.store.migrations import STEPS, migrate
from claw.store.shapes import shaped


def test_an_older_shape_is_made_as_far_as_its_steps_go() -> None:
    db = Database(memory=True)
    migrate(db)
    steps = [step.name for step in STEPS.applied(db)]
    assert shaped(steps).schema == db.schema
    tables = [set(shaped(steps[:some]).table_names()) for some in range(len(steps) + 1)]
    assert all(before <= after for before, after in pairwise(tables))
    assert len(tables[0]) < len(tables[7]) < len(tables[-1])
