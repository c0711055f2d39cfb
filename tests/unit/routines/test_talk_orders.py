"""What is to be done later: a command, a message, an answer that would have to be given then."""

import pytest

from claw.mind.understood import Unclear
from claw.routines.spec import Acts, Says
from claw.routines.talk_orders import LONGEST_NAME, Order, Orders, flipped, woken
from claw.routines.talk_tongue import tongue_of
from tests.unit.routines.talking import ANNA, PEOPLE, Talking

HERE = Talking()
TONGUE = tongue_of(HERE.intents.language("en"))
ORDERS = Orders(HERE.intents, HERE.mirror, PEOPLE, None)


async def test_a_command_becomes_acts_on_things_that_exist() -> None:
    order = await ORDERS.order("turn off the kitchen lights", ANNA, TONGUE)
    assert isinstance(order, Order)
    step = order.steps[0]
    assert isinstance(step, Acts)
    assert step.actions[0].entities == ("light.kitchen_ceiling", "light.kitchen_counter", "light.kitchen_sink")


@pytest.mark.parametrize(
    ("said", "to", "text"),
    [
        ("remind me to take my pills", "me", "Reminder: take your pills."),
        ("remind Ben to call", "person:ben", "Reminder: call."),
        ("tell me that dinner is ready", "me", "Dinner is ready."),
        ("tell everyone that dinner is ready", "everyone", "Dinner is ready."),
        ("announce dinner!", "everyone", "Dinner!"),
    ],
)
async def test_a_message_goes_to_whom_it_is_for(said: str, to: str, text: str) -> None:
    order = await ORDERS.order(said, ANNA, TONGUE)
    assert isinstance(order, Order)
    assert order.message
    assert order.steps == (Says.model_validate({"say": text, "to": to}),)


@pytest.mark.parametrize("said", ["tell me what time it is", "tell me the temperature in the living room"])
async def test_what_must_be_looked_up_then_is_a_question(said: str) -> None:
    assert await ORDERS.order(said, ANNA, TONGUE) == "question"


async def test_what_is_no_order_is_none_and_what_begins_like_one_is_unclear() -> None:
    assert await ORDERS.order("the moon", ANNA, TONGUE) == "none"
    assert isinstance(await ORDERS.order("turn on the moon", ANNA, TONGUE), Unclear)


async def test_who_is_woken_hears_the_time_and_a_long_name_is_cut() -> None:
    order = await ORDERS.order("wake me up", ANNA, TONGUE)
    assert isinstance(order, Order)
    assert woken(order, "07:00", TONGUE).steps[0] == Says(say="Good morning. It is 07:00.", urgency="high")
    long = await ORDERS.order(f"remind me to {'call ' * 40}", ANNA, TONGUE)
    assert isinstance(long, Order)
    assert len(long.name) == LONGEST_NAME


def test_what_is_said_of_oneself_is_turned_around_only_where_it_stands_alone() -> None:
    assert flipped("call my sister, I am late", TONGUE) == "call your sister, you are late"
    assert flipped("see the army", TONGUE) == "see the army"
