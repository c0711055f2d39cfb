"""What the document says of voice is what is told, and it is described like every other answer."""

import pytest
from pydantic import ValidationError

from claw.channels.web.api import OPERATIONS
from claw.channels.web.openapi import document
from claw.channels.web.voice_shapes import Satellite


def test_the_document_describes_each_place_to_speak() -> None:
    described = document(OPERATIONS)
    answer = described["paths"]["/api/voice"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    shape = described["components"]["schemas"][answer["$ref"].rpartition("/")[2]]
    assert shape["properties"]["satellites"]["items"] == {"$ref": "#/components/schemas/Satellite"}
    assert "vouched" in described["components"]["schemas"]["Satellite"]["properties"]


def test_a_place_is_of_a_kind_that_is_known() -> None:
    with pytest.raises(ValidationError):
        Satellite.model_validate({"id": "x", "kind": "person"})
