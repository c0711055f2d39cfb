"""A section of a file whose shape is only made when the file has that section: models of pydantic cost every start."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class Late:
    """Annotates a section that may be missing with the model that reads it: ``name`` of ``module``."""

    module: str
    name: str

    @property
    def model(self) -> type[BaseModel]:
        """The model, made now if nobody needed it before."""
        return getattr(import_module(self.module), self.name)

    def _read(self, value: Any) -> BaseModel | None:
        return None if value is None else self.model.model_validate(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read, serialization=core_schema.plain_serializer_function_ser_schema(_written)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(self.model.__pydantic_core_schema__), {"type": "null"}]}


def _written(value: BaseModel | None) -> Any:
    return value if value is None else value.model_dump(mode="json")
