"""The database's library without what it does not need here.

sqlite-utils loads numpy wherever that is installed, to name the types of columns; no table of Claw's has such a value.
On a machine that also turns speech into text numpy is installed, and would cost the daemon, which never uses it, 12 MB
and 40 ms of its start.
"""

import sys
from importlib import import_module
from types import ModuleType

_UNUSED = ("numpy", "pandas")


def load() -> ModuleType:
    """Return sqlite-utils, loaded as if numpy and pandas were not installed; what is loaded already stays as it is."""
    hidden = [name for name in _UNUSED if name not in sys.modules]
    # A name that stands for nothing there cannot be imported.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        return import_module("sqlite_utils")
    finally:
        for name in hidden:
            del sys.modules[name]
