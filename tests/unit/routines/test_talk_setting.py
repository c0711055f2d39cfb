"""A routine out of one sentence: its name, its grace, how often it counts."""

from claw.routines.spec import Says
from tests.unit.routines.talking import Talking


async def test_a_reminder_waits_a_day_and_a_timer_an_hour_where_nobody_could_be_told() -> None:
    here = Talking()
    assert await here.say("remind me on Friday to call mum")
    assert (here.last.kind, here.last.grace, here.last.missed) == ("reminder", "1 d", "once")
    assert await here.say("set a tea timer for 4 minutes")
    assert (here.last.kind, here.last.grace) == ("timer", "1 h")
    assert await here.say("at ten turn off the kitchen lights")
    assert here.last.grace == "15 min"


async def test_a_message_on_an_event_counts_once_and_a_command_each_time() -> None:
    here = Talking()
    assert await here.say("when the front door opens tell me")
    assert here.last.max_runs == 1
    assert await here.say("whenever the front door opens tell me")
    assert here.last.max_runs is None
    assert await here.say("when the front door opens turn on the hall light")
    assert here.last.max_runs is None
    assert await here.say("once the front door opens turn on the hall light")
    assert here.last.max_runs == 1


async def test_what_waits_for_an_event_is_called_as_it_was_said() -> None:
    here = Talking()
    assert await here.say("when the last person leaves turn everything off")
    assert here.last.name == "when the last person leaves turn everything off"


async def test_whoever_is_woken_is_told_loudly() -> None:
    here = Talking()
    assert await here.say("wake me up at 7")
    step = here.last.do[0]
    assert isinstance(step, Says)
    assert step.urgency == "high"


async def test_far_too_long_a_timer_is_refused() -> None:
    here = Talking()
    reply = await here.say("set a cheese timer for 400 days")
    assert reply is not None
    assert reply.status == "unclear"
    assert here.routines.kept == {}
