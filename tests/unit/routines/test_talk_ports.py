"""What talk about routines asks of others."""

from dataclasses import fields

from claw.routines.talk_ports import TalkRooms


def test_talk_needs_no_skills_and_no_model() -> None:
    assert {one.name for one in fields(TalkRooms) if one.default is not one.default_factory} >= {"skills", "model"}
