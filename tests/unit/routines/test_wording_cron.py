"""A cron expression in words, where a few are enough."""

import pytest

from claw.routines.wording_cron import cron_words


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 7 * * *", "every day at 07:00"),
        ("0 7 * * 1-5", "every weekday at 07:00"),
        ("30 18 * * 0,6", "every Saturday and Sunday at 18:30"),
        ("*/15 * * * *", "every day, every 15 minutes"),
        ("5 * * * *", "every day, each hour at :05"),
        ("* * * * *", "every day, each minute"),
        ("0 7,19 1 * *", "on day 1 of each month at 07:00 and 19:00"),
        ("0 8 29 2 *", "on day 29 of Feb at 08:00"),
        ("0 7 13 * fri", "by the cron expression 0 7 13 * fri"),
        ("*/7 9-17 * * *", "by the cron expression */7 9-17 * * *"),
        ("0 7 * jan *", "by the cron expression 0 7 * jan *"),
        ("nonsense here", "by the cron expression nonsense here"),
    ],
)
def test_a_simple_one_is_said_and_any_other_shown(cron: str, said: str) -> None:
    assert cron_words(cron) == said
