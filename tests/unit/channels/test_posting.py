"""A question that is put where people are: to whom, with which buttons, and that each button is good for one tap."""

from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action
from claw.base.errors import Refused, Unavailable, UnknownOutcome
from claw.channels import posting
from claw.channels.posting import Button, Post
from tests.gate_room import LAMP_ON, OWNER, POLICY, UNLOCK, VOICE
from tests.posting_room import PHONES, posting_room, reader

ANNA = reader()


def button(post: Post, *, yes: bool) -> Button:
    return next(one for one in post.buttons if one.yes is yes)


async def test_a_question_is_put_to_those_whose_say_it_is(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA, reader("carl"), reader("ben"), reader("stranger")) as room:
        await room.ask()
        assert [post.reader.id for post in room.board.shown] == ["annas_phone", "bens_phone"]
        (post, _) = room.board.shown
        assert [one.yes for one in post.buttons] == [True, False]
        assert (post.risky, post.elsewhere) == (True, "")
        assert post.text.startswith('lock.unlock?\n• "Door" (lock, "Hall"): locked → unlocked')
        assert len({one.nonce for posted in room.board.shown for one in posted.buttons}) == 4


async def test_a_yes_is_what_was_asked_and_is_taken_from_everybody_else(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA, reader("ben")) as room:
        pending = await room.ask()
        annas, bens = room.board.shown
        reply = await room.posting.answer(button(annas, yes=True).nonce, "annas_phone")
        assert (reply.text, room.room.hand.sent) == ("done", [UNLOCK])
        await room.clock.settle()
        assert sorted(room.board.cleared) == [
            (pending.id, "annas_phone", "m1", "approved"),
            (pending.id, "bens_phone", "m2", "approved"),
        ]
        for post in (annas, bens):
            for one in post.buttons:
                with pytest.raises(Refused, match="not open"):
                    await room.posting.answer(one.nonce, post.reader.id)
        assert len(room.room.hand.sent) == 1


async def test_a_no_by_a_tap_is_a_no_where_a_yes_needs_more(tmp_path: Path) -> None:
    async with posting_room(tmp_path, reader("anna", "tap")) as room:
        pending = await room.ask()
        (post,) = room.board.shown
        assert [one.yes for one in post.buttons] == [False]
        assert "does not prove enough" in post.elsewhere
        await room.posting.answer(post.buttons[0].nonce, "annas_phone")
        assert room.room.questions.stood(pending.id) == "rejected"
        assert room.room.hand.sent == []


async def test_where_the_rule_names_no_phone_only_a_no_is_offered(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA, policy=POLICY) as room:
        await room.ask()
        (post,) = room.board.shown
        assert [one.yes for one in post.buttons] == [False]
        assert "on Claw's page or at the command line" in post.elsewhere


@pytest.mark.parametrize("used", [0, 1])
async def test_the_same_tap_delivered_twice_counts_once(tmp_path: Path, used: int) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        await room.ask()
        (post,) = room.board.shown
        await room.posting.answer(post.buttons[used].nonce, "annas_phone")
        for one in post.buttons:  # the other button is spent with it
            with pytest.raises(Refused, match="not open"):
                await room.posting.answer(one.nonce, "annas_phone")
        assert len(room.answers) == 1


async def test_a_button_of_somebody_else_is_not_theirs_to_press(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA, reader("ben")) as room:
        await room.ask()
        annas = room.board.shown[0]
        with pytest.raises(Refused, match="somebody else"):
            await room.posting.answer(annas.buttons[0].nonce, "bens_phone")
        with pytest.raises(Refused, match="not open"):
            await room.posting.answer("a" * 22, "annas_phone")
        assert room.answers == []
        assert room.posting.reader_of(annas.buttons[0].nonce) == "annas_phone"
        assert room.posting.reader_of("a" * 22) is None


async def test_an_answer_is_worth_what_its_reader_is_worth_now(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        await room.ask()
        (post,) = room.board.shown
        room.board.there = [replace(ANNA, origin=replace(ANNA.origin, strength="tap"))]
        with pytest.raises(Refused, match="does not prove enough"):
            await room.posting.answer(button(post, yes=True).nonce, "annas_phone")
        assert room.room.hand.sent == []


async def test_a_reader_who_went_answers_nothing_and_is_cleared(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        pending = await room.ask()
        (post,) = room.board.shown
        room.board.there.clear()
        with pytest.raises(Refused, match="nobody answers"):
            await room.posting.answer(button(post, yes=True).nonce, "annas_phone")
        room.posting.renew()
        await room.clock.settle()
        assert room.board.cleared == [(pending.id, "annas_phone", "m1", "withdrawn")]


async def test_what_was_put_to_somebody_who_is_shut_out_is_dead_at_once(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA, reader("ben"), reader("anna", name="tablet")) as room:
        await room.ask()
        posts = {post.reader.id: post for post in room.board.shown}
        assert room.posting.withdraw("anna") == 2
        for name in ("annas_phone", "tablet"):
            with pytest.raises(Refused, match="not open"):
                await room.posting.answer(posts[name].buttons[0].nonce, name)
        await room.posting.answer(posts["bens_phone"].buttons[0].nonce, "bens_phone")


async def test_a_question_that_was_answered_elsewhere_is_cleared(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        pending = await room.ask()
        await room.room.gate.answer(pending.id, OWNER, yes=False)
        await room.clock.settle()
        assert room.board.cleared == [(pending.id, "annas_phone", "m1", "rejected")]


async def test_a_question_whose_house_changed_is_cleared_as_void(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        pending = await room.ask()
        room.room.questions.void(pending.id)
        await room.clock.settle()
        assert [how for *_, how in room.board.cleared] == ["void"]


async def test_silence_is_no_and_clears(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        pending = await room.ask()
        (post,) = room.board.shown
        await room.clock.advance(pending.terms.within_s + 1)
        assert [how for *_, how in room.board.cleared] == ["expired"]
        with pytest.raises(Refused, match="not open"):
            await room.posting.answer(button(post, yes=True).nonce, "annas_phone")


async def test_what_waits_already_is_put_at_a_start_and_to_a_reader_who_comes(tmp_path: Path) -> None:
    async with posting_room(tmp_path) as room:
        pending = await room.ask()
        assert room.board.shown == []
        room.board.there.append(ANNA)
        room.posting.renew()
        await room.clock.settle()
        assert [post.question for post in room.board.shown] == [pending.id]
        room.posting.renew()
        await room.clock.settle()
        assert len(room.board.shown) == 1


async def test_a_number_is_picked_and_not_told(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        pending = await room.ask(origin=VOICE)
        (post,) = room.board.shown
        assert [one.number for one in post.buttons if one.yes] == list(pending.choices)
        wrong = next(one for one in post.buttons if one.yes and one.number != pending.number)
        reply = await room.posting.answer(wrong.nonce, "annas_phone")
        assert (reply.text, room.room.hand.sent) == ("refused", [])


async def test_the_right_number_is_a_yes(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        pending = await room.ask(origin=VOICE)
        right = next(one for one in room.board.shown[0].buttons if one.number == pending.number)
        await room.posting.answer(right.nonce, "annas_phone")
        assert room.room.hand.sent == [UNLOCK]


async def test_what_cannot_be_sent_now_is_tried_again_until_the_question_is_over(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        room.board.faults = [Unavailable("no signal"), Unavailable("no signal")]
        await room.ask()
        assert (room.board.shown, room.posting.problem) == ([], "no signal")
        await room.clock.advance(5)
        assert room.board.shown == []
        await room.clock.advance(10)
        assert (len(room.board.shown), room.posting.problem) == (1, "")


async def test_what_never_came_there_is_not_cleared(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        room.board.faults = [Unavailable("no signal")] * 20
        pending = await room.ask()
        await room.clock.advance(pending.terms.within_s + 1)
        room.board.faults.clear()
        await room.clock.advance(60)
        assert (room.board.shown, room.board.cleared) == ([], [])


async def test_what_is_refused_is_not_tried_again_and_what_nobody_knows_of_is_cleared(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA, reader("ben")) as room:
        room.board.faults = [Refused("blocked"), UnknownOutcome("lost")]
        pending = await room.ask()
        await room.clock.advance(60)
        assert (room.board.shown, room.board.faults) == ([], [])
        await room.room.gate.answer(pending.id, OWNER, yes=False)
        await room.clock.settle()
        assert room.board.cleared == [(pending.id, "bens_phone", "", "rejected")]


async def test_clearing_is_tried_again_some_times(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        pending = await room.ask()
        room.board.faults = [Unavailable("no signal")] * 3
        await room.room.gate.answer(pending.id, OWNER, yes=False)
        await room.clock.advance(60)
        assert [how for *_, how in room.board.cleared] == ["rejected"]


async def test_clearing_ends_at_some_time(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        pending = await room.ask()
        room.board.faults = [Unavailable("no signal")] * 100
        await room.room.gate.answer(pending.id, OWNER, yes=False)
        await room.clock.advance(3600)
        assert len(room.board.faults) == 100 - posting.MOST_CLEARINGS


async def test_what_is_too_long_to_be_read_there_is_approved_where_all_of_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "fits", lambda _card: False)
    async with posting_room(tmp_path, ANNA) as room:
        await room.ask()
        (post,) = room.board.shown
        assert [one.yes for one in post.buttons] == [False]
        assert "more to it" in post.elsewhere


async def test_somebody_elses_words_are_put_to_nobody(tmp_path: Path) -> None:
    policy = PHONES.replace(
        "- {id: messages, allow: claw.notify}", "- {id: messages, confirm: claw.notify, ask: {roles: [child]}}"
    )
    async with posting_room(tmp_path, reader("carl", "tap"), ANNA, policy=policy) as room:
        secret = Action("claw.notify", (), {"to": "person:anna", "text": "the present is in the shed"})
        await room.ask(secret, replace(OWNER, person="ben"))
        assert all("shed" not in post.text for post in room.board.shown if post.reader == ANNA)
        assert ANNA not in [post.reader for post in room.board.shown]


async def test_no_more_is_put_than_anybody_could_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "MOST_POSTS", 2)
    async with posting_room(tmp_path, ANNA) as room:
        for _ in range(3):
            await room.ask()
        assert len(room.board.shown) == 2
        assert "more than 2" in room.posting.problem


async def test_what_asks_nobody_puts_nothing(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        await room.room.gate.perform((LAMP_ON,), OWNER)
        await room.clock.settle()
        assert room.board.shown == []


async def test_closed_it_hears_nothing_and_no_button_counts(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        await room.ask()
        (post,) = room.board.shown
        await room.posting.close()
        assert [how for *_, how in room.board.cleared] == ["withdrawn"]
        with pytest.raises(Refused, match="not open"):
            await room.posting.answer(post.buttons[0].nonce, "annas_phone")
        await room.ask()
        assert len(room.board.shown) == 1
        assert room.room.questions.told == []


async def test_an_answer_that_was_refused_is_no_second_try(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        await room.ask()
        (post,) = room.board.shown
        room.room.stop.engage("test", OWNER)
        with pytest.raises(Refused, match="stopped"):
            await room.posting.answer(button(post, yes=True).nonce, "annas_phone")
        for one in post.buttons:
            with pytest.raises(Refused, match="not open"):
                await room.posting.answer(one.nonce, "annas_phone")


async def test_closing_waits_for_nothing_that_cannot_be_taken_back_at_once(tmp_path: Path) -> None:
    async with posting_room(tmp_path, ANNA) as room:
        await room.ask()
        room.board.faults = [Unavailable("no signal")] * 9
        await room.posting.close()
        assert len(room.board.faults) == 8
