"""Habits are what was done on most of the days on which it could have been, and nothing else."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.errors import Broken
from claw.memory.mining import WEEK, Found, Mined, mine, shifts_of
from tests.observing import TODAY, ZONE, House, at, days, night


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def mined(house: House) -> Mined:
    return mine(house.path, night(), ZONE)


def found(house: House, entity: str) -> list[Found]:
    return [one for one in mined(house).found if one.entity == entity]


def lit(
    house: House, day: date, clock: str, minutes: float = 0, person: str = "sam", thing: str = "light.hall"
) -> None:
    """Turn a lamp on at about that time, and off again an hour or two later."""
    house.change(at(day, clock, minutes), thing, "off", "on 100", person=person)
    off = at(day, clock, minutes + 60 + house.random.uniform(0, 90))
    house.change(off, thing, "on 100", "off", person=None, cause="automation", run="automation.off")


def test_what_is_done_every_day_at_about_the_same_time_is_a_routine(house: House) -> None:
    for day in days(20):
        lit(house, day, "07:00", house.jitter(8))
    (one,) = found(house, "light.hall")
    assert (one.sort, one.person, one.word, one.weekdays) == ("routine", "sam", "on", WEEK)
    assert (one.days, one.chances, one.rate) == (20, 20, 1.0)
    assert abs(one.at - 7 * 3600) < 900


def test_what_is_done_on_working_days_only_is_one_of_working_days(house: House) -> None:
    house.about(days(28))
    for day in days(28):
        if day.weekday() < 5:
            lit(house, day, "06:40", house.jitter(5))
    (one,) = found(house, "light.hall")
    assert one.weekdays == frozenset(range(5))
    assert (one.days, one.chances) == (20, 20)


def test_what_is_done_every_sunday_is_one_of_sundays(house: House) -> None:
    house.about(days(42))
    for day in days(42):
        if day.weekday() == 6:
            lit(house, day, "10:30", house.jitter(5))
    (one,) = found(house, "light.hall")
    assert one.weekdays == frozenset({6})


def test_days_on_which_nobody_was_at_home_do_not_count(house: House) -> None:
    for day in days(28):
        if not 9 <= (TODAY - day).days <= 18:
            lit(house, day, "07:00", house.jitter(5))
    (one,) = found(house, "light.hall")
    assert (one.days, one.chances) == (18, 18)


def test_days_on_which_they_did_something_else_do(house: House) -> None:
    house.about(days(28))
    for day in days(28):
        if day.day % 2:
            lit(house, day, "07:00", house.jitter(5))
    assert found(house, "light.hall") == []


@pytest.mark.parametrize("times", [3, 4])
def test_it_takes_five_times(house: House, times: int) -> None:
    for day in days(times):
        lit(house, day, "07:00")
    assert found(house, "light.hall") == []
    for day in days(5):
        lit(house, day, "07:00")
    assert found(house, "light.hall")[0].days == 5


def test_a_lamp_that_is_switched_all_day_is_nobodys_habit(house: House) -> None:
    rows: list[tuple[datetime, str, str, str, str, str | None, str | None]] = []
    for day in days(28):
        for hour in range(6, 23):
            moment = at(day, f"{hour:02d}:00", house.random.uniform(-30, 30))
            off = moment + timedelta(minutes=house.random.uniform(5, 25))
            rows.append((moment, "light.hall", "off", "on", "person", "sam", None))
            rows.append((off, "light.hall", "on", "off", "person", "sam", None))
    house.write(rows)
    assert found(house, "light.hall") == []


def test_what_stopped_a_week_ago_is_none(house: House) -> None:
    house.about(days(28))
    for day in days(28)[:20]:
        lit(house, day, "07:00", house.jitter(5))
    assert found(house, "light.hall") == []


def test_what_began_two_weeks_ago_is_one_although_it_was_done_once_before(house: House) -> None:
    house.about(days(42))
    for day in [days(40)[0], *days(10)]:
        lit(house, day, "21:30", house.jitter(5))
    (one,) = found(house, "light.hall")
    assert one.days >= 8


def test_what_ends_past_midnight_is_on_the_day_it_began(house: House) -> None:
    for day in days(14):
        minutes = house.random.uniform(-15, 15)
        house.change(at(day, "23:59", minutes), "light.bed", "on", "off")
    (one,) = found(house, "light.bed")
    assert (one.days, one.chances) == (14, 14)


def test_the_clock_is_the_houses_when_it_is_put_back(house: House) -> None:
    today = date(2026, 11, 5)  # the clocks were put back on 25 October
    for day in days(30, today):
        lit(house, day, "07:00")
    (one,) = [one for one in mine(house.path, night(today), ZONE).found if one.word == "on"]
    assert (one.days, one.at) == (30, 7 * 3600)


def test_each_persons_habits_are_their_own(house: House) -> None:
    for day in days(14):
        lit(house, day, "07:00", person="sam")
        lit(house, day, "07:10", person="anna", thing="light.bath")
    assert {(one.person, one.entity) for one in mined(house).found} == {("sam", "light.hall"), ("anna", "light.bath")}


def test_a_slip_is_none(house: House) -> None:
    house.about(days(14))
    for day in days(14):
        house.change(at(day, "07:00"), "light.hall", "off", "on")
        house.change(at(day, "07:00", 0.5), "light.hall", "on", "off")
    assert found(house, "light.hall") == []


def test_what_automations_do_is_nobodys_habit(house: House) -> None:
    house.about(days(14))
    for day in days(14):
        house.change(at(day, "07:00"), "light.hall", "off", "on", person=None, cause="automation", run="automation.am")
        house.change(at(day, "07:00", 40), "light.hall", "on", "off", person=None, cause="claw")
    assert found(house, "light.hall") == []


def test_what_is_always_taken_back_after_an_automation_is_found(house: House) -> None:
    house.about(days(14))
    for day in days(14):
        house.change(at(day, "18:00"), "light.hall", "off", "on", person=None, cause="automation", run="automation.eve")
        wanted = day.day % 7 == 0
        house.change(at(day, "18:00", 90 if wanted else 3), "light.hall", "on", "off")
    (one,) = [one for one in found(house, "light.hall") if one.sort == "undo"]
    assert (one.word, one.run, one.days, one.chances) == ("on", "automation.eve", 12, 13)  # counted from the first time
    overrides = mined(house).overrides
    assert len(overrides) == 12
    assert overrides[0][1:8] == ("light.hall", "automation.eve", "on", "off", 180, "sam", "17:00-22:00")


def test_what_is_taken_back_now_and_then_is_not(house: House) -> None:
    house.about(days(20))
    for day in days(20):
        house.change(at(day, "18:00"), "light.hall", "off", "on", person=None, cause="automation", run="automation.eve")
        taken = day.day % 3 == 0
        house.change(at(day, "18:00", 3 if taken else 95), "light.hall", "on", "off")
    assert [one for one in found(house, "light.hall") if one.sort == "undo"] == []


def test_a_level_that_is_set_each_evening_is_a_wish(house: House) -> None:
    for day in days(14):
        moment = at(day, "22:20", house.random.uniform(0, 60))
        level = house.random.choice([25, 30, 30, 35])
        house.change(moment, "light.bed", "off", "on 100")
        house.change(moment + timedelta(minutes=1), "light.bed", "on 100", f"on {level}")
        house.change(moment + timedelta(minutes=50), "light.bed", f"on {level}", "off")
    (one,) = [one for one in found(house, "light.bed") if one.sort == "level"]
    assert (one.level, one.block, one.days, one.person) == (30, 3, 14, "sam")


def test_a_level_that_is_left_as_it_comes_is_none(house: House) -> None:
    for day in days(14):
        house.change(at(day, "22:20"), "light.bed", "off", "on 100")
        if day.day % 2:
            house.change(at(day, "22:21"), "light.bed", "on 100", "on 30")
        house.change(at(day, "23:20"), "light.bed", "on 100", "off")
    assert [one for one in found(house, "light.bed") if one.sort == "level"] == []


def test_levels_all_over_the_scale_are_none(house: House) -> None:
    for number, day in enumerate(days(14)):
        house.change(at(day, "22:20"), "light.bed", "off", "on 100")
        house.change(at(day, "22:21"), "light.bed", "on 100", f"on {10 + number * 6}")
        house.change(at(day, "23:20"), "light.bed", "on 40", "off")
    assert [one for one in found(house, "light.bed") if one.sort == "level"] == []


def test_overrides_that_are_known_already_are_not_given_again(house: House) -> None:
    for day in days(3):
        house.change(at(day, "18:00"), "light.hall", "off", "on", person=None, cause="automation", run="automation.eve")
        house.change(at(day, "18:02"), "light.hall", "on", "off")
    all_of_them = mined(house).overrides
    assert len(all_of_them) == 3
    after = str(all_of_them[1][0])
    assert [row[0] for row in mine(house.path, night(), ZONE, after).overrides] == [all_of_them[2][0]]


def test_the_day_that_is_not_over_does_not_count(house: House) -> None:
    for day in [*days(5), TODAY]:
        lit(house, day, "19:00")
    evening = mine(house.path, at(TODAY, "22:00"), ZONE).found
    assert [one.days for one in evening if one.word == "on"] == [5]


def test_an_empty_house_shows_nothing(house: House) -> None:
    assert mined(house) == Mined((), ())


def test_a_file_that_is_none_is_broken(tmp_path: Path) -> None:
    (tmp_path / "claw.db").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(Broken):
        mine(tmp_path / "claw.db", night(), ZONE)


def test_a_look_is_given_up_when_the_daemon_ends(house: House) -> None:
    house.write(
        (night() - timedelta(minutes=at), f"light.l{at % 60}", "off", "on", "person", "sam", None)
        for at in range(60_000)
    )
    with pytest.raises(Broken, match="interrupted"):
        mine(house.path, night(), ZONE, ended=lambda: True)


def test_the_file_is_left_as_it_was(house: House) -> None:
    for day in days(14):
        lit(house, day, "07:00")
    tables = "SELECT name FROM sqlite_master ORDER BY 1"
    before = house.db.execute(tables).fetchall()
    mined(house)
    assert house.db.execute(tables).fetchall() == before


def test_shifts_cover_every_moment_once() -> None:
    since, until = datetime(2026, 3, 1, tzinfo=ZONE), datetime(2026, 11, 30, tzinfo=ZONE)
    shifts = shifts_of(ZoneInfo("Europe/Berlin"), since, until)
    assert [ahead for _, _, ahead in shifts] == [3600, 7200, 3600]
    assert all(end == start for (_, end, _), (start, _, _) in pairwise(shifts))


EVENTS = st.lists(
    st.tuples(
        st.integers(1, 20),
        st.integers(0, 24 * 60 - 1),
        st.sampled_from(["light.a", "light.b"]),
        st.sampled_from(["on", "off", "on 30"]),
        st.sampled_from(["sam", "anna", None]),
        st.sampled_from(["person", "claw", "hand", "automation"]),
    ),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(
    events=EVENTS,
    habit=st.none() | st.tuples(st.sampled_from(["sam", "anna"]), st.integers(240, 1300), st.integers(5, 20)),
)
def test_whatever_is_found_was_done_so_often_by_them_with_their_own_hand(
    events: list[tuple[int, int, str, str, str | None, str]], habit: tuple[str, int, int] | None
) -> None:
    rows = [
        (
            at(TODAY - timedelta(days=day), "00:00", minute),
            thing,
            "off" if after != "off" else "on",
            after,
            cause,
            person,
            None,
        )
        for day, minute, thing, after, person, cause in events
        if (cause == "person") == (person is not None) or cause == "claw"
    ]
    if habit is not None:
        person, minute, count = habit
        rows += [(at(day, "00:00", minute), "light.own", "off", "on", "person", person, None) for day in days(count)]
    with TemporaryDirectory() as name:
        house = House(Path(name))
        house.write(rows)
        found = mine(house.path, night(), ZONE).found
        house.db.close()
    hands = [row for row in rows if row[4] in {"person", "hand"} or (row[4] == "claw" and row[5] is not None)]
    for one in found:
        theirs = [row for row in hands if (row[5], row[1]) == (one.person, one.entity)]
        local = [row[0].astimezone(ZONE) - timedelta(hours=3) for row in theirs]
        assert len({moment.date() for moment in local}) >= one.days >= 4
        assert one.days >= 0.7 * one.chances
        assert len(theirs) >= 5
        if one.sort == "routine":
            near = {
                moment.date()
                for moment, row in zip(local, theirs, strict=True)
                if row[3].split()[0] == one.word and _apart(moment, one.at - 3 * 3600) <= 2700
            }
            assert len(near) >= one.days
    if habit is not None and habit[2] >= 10 and not events:
        assert [(one.person, one.entity) for one in found] == [(habit[0], "light.own")]


def _apart(moment: datetime, seconds: int) -> float:
    apart = abs(moment.hour * 3600 + moment.minute * 60 + moment.second - seconds % 86_400)
    return min(apart, 86_400 - apart)
