import pytest

from claw.base.action import Action
from claw.house.services import CATALOGUE
from claw.mind.tongues import Verb
from claw.mind.verbs import VERBS, do
from tests.talked_house import house


def test_every_verb_is_an_action_of_the_catalogue() -> None:
    named = {f"{domain}.{service}" for services in VERBS.values() for domain, service in services.items()}
    assert named <= set(CATALOGUE)


@pytest.mark.parametrize("verb", ["on", "off"])
def test_on_and_off_never_reach_a_lock_a_cover_or_an_alarm(verb: Verb) -> None:
    assert do(verb, ("lock.front", "cover.garage", "alarm_control_panel.house"), house()) == ()


def test_a_verb_reaches_the_things_that_know_it() -> None:
    assert do("off", ("light.worktop", "lock.front", "fan.bedroom", "light.gone"), house()) == (
        Action("light.turn_off", ("light.worktop",)),
        Action("fan.turn_off", ("fan.bedroom",)),
    )
    assert do("mute", ("media_player.tv",), house()) == (
        Action("media_player.volume_mute", ("media_player.tv",), {"is_volume_muted": True}),
    )
