from contextlib import ExitStack

import pytest

from claw.channels.web.busy import AT_ONCE, Busy
from claw.channels.web.guard import Rejected


def test_one_client_takes_its_share_and_no_more() -> None:
    busy = Busy()
    with ExitStack() as under_way:
        for _ in range(AT_ONCE):
            under_way.enter_context(busy.held("one"))
        with pytest.raises(Rejected) as found, busy.held("one"):
            pytest.fail("nothing is answered beyond the share")
        assert (found.value.status, found.value.headers["Retry-After"]) == (429, "1")
        with busy.held("another"):
            pass
    with busy.held("one"):
        pass


def test_what_failed_is_over_too_and_nobody_is_kept_who_asks_nothing() -> None:
    busy = Busy()
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError), busy.held("one"):
            raise ZeroDivisionError
    assert not busy._under_way
