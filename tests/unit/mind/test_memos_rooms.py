from dataclasses import fields

from claw.mind.memos_rooms import Preferred, Rooms
from claw.mind.preferring import Preferring


def test_what_reads_preferences_fills_its_port() -> None:
    def filled(room: Preferring) -> Preferred:
        return room

    assert callable(filled)
    assert {field.name for field in fields(Rooms)} >= {"facts", "memories", "forgetting", "audience"}
