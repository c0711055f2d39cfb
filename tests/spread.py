"""How the tests are shared out among the processes that run them.

A file is run by one process: what its tests share, a daemon or a browser, is made once, where xdist's own way makes it
in every process.  What is named a group stays together over files.  The long ones begin first, so that no process is
left with one when the others are done.
"""

from collections.abc import Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

GROUPS = ("home_assistant", "browser")
"""In the order in which they begin: each of them has peers of its own that work while its tests wait."""

LONG = ("tests/stories/", "tests/prove/", "tests/hostile/", "tests/channels/")
"""Where a test is more work than elsewhere."""


class ByFile(LoadGroupScheduling):
    """Gives out groups and files, the longest first, and forgets what is done."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)  # without one it tells of every test
        self._places: dict[WorkerController, dict[str, int]] = {}

    def _split_scope(self, nodeid: str) -> str:
        """Return the group of a test, else its file."""
        scope = super()._split_scope(nodeid)
        return nodeid.split("::", 1)[0] if scope == nodeid else scope

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """Note where each test lies in what a process has found: to look for one among 20,000 takes its time."""
        super().add_node_collection(node, collection)
        self._places[node] = {nodeid: at for at, nodeid in enumerate(collection)}

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give a process what is longest of what is left."""
        scope = min(self.workqueue, key=self._order)
        unit = self.workqueue.pop(scope)
        self.assigned_work.setdefault(node, {})[scope] = unit
        places = self._places[node]
        node.send_runtest_some([places[nodeid] for nodeid, done in unit.items() if not done])

    def _order(self, scope: str) -> tuple[int, int, int]:
        group = GROUPS.index(scope) if scope in GROUPS else len(GROUPS)
        return group, not scope.startswith(LONG), -len(self.workqueue[scope])

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """Forget a file when its last test is done: what is pending is counted after every test."""
        nodeid = self.registered_collections[node][item_index]
        scope = self._split_scope(nodeid)
        unit = self.assigned_work[node][scope]
        unit[nodeid] = True
        if all(unit.values()):
            del self.assigned_work[node][scope]
        self._reschedule(node)
