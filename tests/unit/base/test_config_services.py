import pytest
from pydantic import ValidationError

from claw.base.config_services import ServiceConfig


def test_a_service_names_its_risk_and_its_fields() -> None:
    service = ServiceConfig.model_validate({"tier": 2, "fields": {"minutes": {"type": "integer", "minimum": 1}}})
    assert (service.tier, service.targets, service.fields["minutes"].minimum) == (2, True, 1)


@pytest.mark.parametrize(
    "wrong", [{}, {"tier": 5}, {"tier": 1, "fields": {"a": {"type": "date"}}}, {"tier": 1, "x": 1}]
)
def test_a_service_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ServiceConfig.model_validate(wrong)
