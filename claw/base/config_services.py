"""What a person may configure about services of custom integrations, which Claw would otherwise refuse as unknown."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldConfig(_Strict):
    """One field of a declared service."""

    type: Literal["number", "integer", "boolean", "string"]
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    options: tuple[str, ...] = ()


class ServiceConfig(_Strict):
    """A service of a custom integration, which Claw would otherwise refuse as unknown.

    The policy judges it like any other.  ``tier`` is its risk: 0 read, 1 comfort, 2 bounded, 3 security, 4 forbidden.
    What is declared as 3 always waits for a person's yes, whatever the policy allows; 4 stays unknown.
    """

    tier: int = Field(ge=0, le=4)
    targets: bool = True
    fields: Mapping[str, FieldConfig] = Field(default_factory=dict)
