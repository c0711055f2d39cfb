"""The rooms that talk about skills asks are those that there are: each port is filled by the room it is named after."""

import inspect

import pytest

from claw.mind import skill_talk_rooms as ports
from claw.skills.deciding import Deciding
from claw.skills.learning import Learning
from claw.skills.library import Library
from claw.skills.life import Life
from claw.skills.standings import Standings


@pytest.mark.parametrize(
    ("port", "room"),
    [
        (ports.Books, Library),
        (ports.Stands, Standings),
        (ports.Learns, Learning),
        (ports.Proposes, Life),
        (ports.Decides, Deciding),
    ],
)
def test_a_room_has_what_its_port_asks(port: type, room: type) -> None:
    for name, wanted in vars(port).items():
        if name.startswith("_") or not inspect.isfunction(wanted):
            continue
        offered = inspect.signature(getattr(room, name)).parameters
        assert set(inspect.signature(wanted).parameters) <= set(offered)
        assert inspect.iscoroutinefunction(wanted) == inspect.iscoroutinefunction(getattr(room, name))
