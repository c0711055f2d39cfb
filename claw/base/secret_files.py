"""Which files with secrets a configuration names, found by how their keys are called: a new part is not forgotten."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, cast

from pydantic import BaseModel

_FILES: Final = ("token_file", "key_file", "password_file")
_KEPT_APART: Final = frozenset({"backup"})


def secret_files(config: BaseModel) -> Iterator[Path]:
    """Give every file with a secret that a configuration names: tokens, keys, passwords; never the backups' own key."""
    for name in type(config).model_fields:
        value = getattr(config, name)
        if name in _KEPT_APART:
            continue
        if isinstance(value, Path) and (name in {"key", "certificate"} or name.endswith(_FILES)):
            yield value
        for inner in _parts(value):
            if isinstance(inner, BaseModel):
                yield from secret_files(inner)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return cast("Mapping[object, object]", value).values()
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
