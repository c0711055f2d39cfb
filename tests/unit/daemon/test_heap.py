"""A daemon that idles holds no more of the system's memory than it uses, where the C library can be asked."""

import ctypes
import gc
import sqlite3

import pytest

from claw.daemon import heap


class Library:
    """A C library that writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, *tuple[int, ...]]] = []

    def mallopt(self, name: int, value: int) -> None:
        self.asked.append(("mallopt", name, value))

    def malloc_trim(self, kept: int) -> None:
        self.asked.append(("malloc_trim", kept))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library if name is None else None)
    monkeypatch.setattr("sys.platform", "linux")
    return library


def test_all_threads_share_one_heap(library: Library) -> None:
    heap.share()
    assert library.asked == [("mallopt", -8, 1)]


def test_what_the_start_left_is_given_back_and_the_rest_is_not_looked_through_again(library: Library) -> None:
    before = gc.get_threshold()
    gc.set_threshold(10_000)
    asked: list[str] = []
    database = sqlite3.connect(":memory:")
    database.set_trace_callback(asked.append)
    try:
        heap.settle(database)
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] == 700, "a start waits for more of it"
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        database.close()
    assert asked == ["PRAGMA shrink_memory"], "the pages that SQLite keeps"
    assert library.asked == [("malloc_trim", 0)]


def test_where_the_system_knows_none_of_it_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    heap.share()
    monkeypatch.setattr("sys.platform", "darwin")
    heap.share()
