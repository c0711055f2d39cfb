"""What a start needed and a running daemon does not is given back to the system.

glibc keeps a heap for each thread and holds on to what was freed at the end of one: 1 MB for a daemon that idles.  Its
threads take turns anyway, so one heap serves them as well.  Where the C library knows none of it, nothing happens.
"""

import ctypes
import gc
import sqlite3
import sys

_ARENA_MAX = -8
"""The number by which glibc's mallopt knows how many heaps there may be."""
_USUAL = 700
"""So many new objects before Python looks for garbage, as it does by itself; a start waits for more of them."""


def share() -> None:
    """Have all threads that are started from now on share one heap."""
    _ask("mallopt", _ARENA_MAX, 1)


def settle(database: sqlite3.Connection) -> None:
    """Collect what a start left over, and never look through the rest again; give back what is free by then.

    The sentence tables live as long as the process; a collector that walks them pauses for 50-100 ms.  The pages of
    ``database`` were all looked at when it was opened, and SQLite keeps up to 2 MB of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_USUAL)
    database.execute("PRAGMA shrink_memory")
    _ask("malloc_trim", 0)


def _ask(name: str, *numbers: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*numbers)
