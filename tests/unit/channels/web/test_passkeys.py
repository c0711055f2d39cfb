"""The rows about passkeys: what is out of bounds is an error, and a yes needs its right."""

from typing import Any

import pytest
from pydantic import ValidationError
from starlette.requests import Request

from claw.channels.signing import Site
from claw.channels.web.operation import Strict
from claw.channels.web.passkeys import OPERATIONS, Chosen, Entering, Named, NewPasskey, Removal, SignedYes, site_of
from claw.gate.answering import Choice


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Named, {"name": ""}),
        (Named, {"name": "x" * 61}),
        (NewPasskey, {"name": "x"}),
        (NewPasskey, {"name": "x", "credential": []}),
        (Entering, {"credential": {str(at): at for at in range(21)}}),
        (Removal, {"id": "x" * 2001}),
        (SignedYes, {}),
        (SignedYes, {"credential": {}, "answer": "yes"}),
        (SignedYes, {"credential": {}, "without": ["0"]}),
        (Chosen, {"grant_s": -1}),
        (Chosen, {"grant_s": float("inf")}),
        (Chosen, {"number": "1" * 11}),
    ],
)
def test_what_is_out_of_bounds_is_an_error(shape: type[Strict], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(value)


def test_a_choice_reaches_the_gate_as_it_was_made() -> None:
    chosen = Chosen.model_validate({"without": [1, 0], "number": "42", "grant_s": 60})
    assert chosen.choice() == Choice(frozenset({0, 1}), "42", 60.0)


def test_to_sign_a_yes_needs_the_right_to_say_yes() -> None:
    rights = {operation.path: operation.right for operation in OPERATIONS}
    assert (rights["/api/pending/{id}/sign"], rights["/api/pending/{id}/signed"]) == ("approve", "approve")
    assert {right for path, right in rights.items() if path.startswith("/api/passkeys")} == {"talk"}


def test_a_site_is_what_the_browser_has_in_its_address() -> None:
    scope = {"type": "http", "scheme": "https", "path": "/", "headers": [(b"host", b"Claw.Home:8443")]}
    assert site_of(Request(scope)) == Site("https", "claw.home:8443")
