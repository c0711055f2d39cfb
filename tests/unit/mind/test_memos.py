from claw.mind.memos import Memos


def test_there_is_one_way_in() -> None:
    assert callable(Memos.answer)
