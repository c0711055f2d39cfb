"""What a person may configure about keeping a daemon for years: its backups, and where traces of its work go."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BackupConfig(_Strict):
    """A backup each day at ``at``, by local time, into ``folder``; the newest ``keep`` are kept.

    With ``key_file`` they are encrypted: restoring needs that file, so keep a copy of it elsewhere.
    """

    folder: Path
    at: TimeOfDay = "03:30"
    keep: int = Field(default=7, ge=1, le=1000)
    key_file: Path | None = None

    def placed(self, base: Path) -> Self:
        """Return the same with its paths made absolute."""
        key_file = base / self.key_file if self.key_file is not None else None
        return self.model_copy(update={"folder": base / self.folder, "key_file": key_file})


class TracesConfig(_Strict):
    """OpenTelemetry: one trace for each request, sent to a collector at ``url`` (OTLP over HTTP).

    A trace says which rooms worked how long, never who spoke, what was said or which things it was about.
    """

    url: str
    sample: float = Field(default=1.0, ge=0, le=1)

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")) or not url.isascii() or " " in url or "@" in url:
            raise ValueError("expected an address that begins with http:// or https://, without a password")
        return url
