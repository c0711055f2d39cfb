from claw.memory.sleep import Sleep
from claw.mind.memos_rooms import Nightly


def test_the_rooms_fill_the_ports() -> None:
    def nightly(room: Sleep) -> Nightly:
        return room

    assert callable(nightly)
