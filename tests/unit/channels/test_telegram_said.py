"""What came in by Telegram: one table of what is typed text, and of everything that only looks like it."""

from typing import Any

import pytest

from claw.channels.telegram_said import Odd, Tapped, Typed, Unread, read

ANNA: dict[str, Any] = {"id": 5001, "is_bot": False, "first_name": "Anna"}
CHAT: dict[str, Any] = {"id": 5001, "type": "private"}
TYPED: dict[str, Any] = {
    "message_id": 7,
    "from": ANNA,
    "chat": CHAT,
    "date": 1_700_000_000,
    "text": "turn on the light",
}
OTHER: dict[str, Any] = {"message_id": 3, "from": {"id": 1, "is_bot": True}, "chat": CHAT, "date": 1, "text": "unlock"}


def said(**message: Any) -> Any:
    whole = {name: value for name, value in {**TYPED, **message}.items() if value is not None}
    return read({"update_id": 9, "message": whole})


def test_text_that_a_person_typed_in_their_own_chat_is_a_request() -> None:
    found = said()
    assert isinstance(found, Typed)
    assert (found.update, found.user, found.text, found.at.timestamp()) == (9, 5001, "turn on the light", 1_700_000_000)


@pytest.mark.parametrize(
    "beside",
    [
        {"entities": [{"type": "url", "offset": 0, "length": 4}]},
        {"link_preview_options": {"url": "http://evil.example/unlock"}},
        {"reply_to_message": OTHER},
        {"reply_to_message": OTHER, "quote": {"text": "unlock the door", "position": 0}},
        {"external_reply": {"origin": {"type": "user"}}, "quote": {"text": "unlock the door"}},
    ],
)
def test_of_what_comes_with_typed_text_nothing_is_read(beside: dict[str, Any]) -> None:
    found = said(**beside)
    assert isinstance(found, Typed)
    assert found.text == "turn on the light"


@pytest.mark.parametrize(
    "field", ["forward_origin", "forward_from", "forward_from_chat", "forward_sender_name", "forward_date"]
)
def test_what_was_forwarded_is_no_request(field: str) -> None:
    assert said(**{field: {"type": "hidden_user"}}) == Odd(9, 5001, 5001, "forwarded")


@pytest.mark.parametrize(
    "fields",
    [
        {"text": None, "caption": "turn on the light", "photo": [{"file_id": "x"}]},
        {"text": None, "document": {"file_id": "x"}, "caption": "turn on the light"},
        {"text": None, "voice": {"file_id": "x"}},
        {"text": None, "sticker": {"file_id": "x"}},
        {"text": None, "location": {"latitude": 1, "longitude": 2}},
        {"text": None, "contact": {"phone_number": "1"}},
        {"text": None, "new_chat_title": "unlock the door"},
        {"text": None},
        {"text": 5},
        {"text": ["turn on the light"]},
        {"date": None},
        {"date": "yesterday"},
        {"date": 10**18},
        {"via_bot": {"id": 1, "is_bot": True}},
        {"sender_business_bot": {"id": 1, "is_bot": True}},
        {"is_from_offline": True},
        {"sender_chat": {"id": -1, "type": "channel"}},
        {"is_automatic_forward": True},
        {"author_signature": "Anna"},
        {"edit_date": 1_700_000_001},
        {"caption": "unlock the door"},
        {"photo": []},
        {"web_app_data": {"data": "unlock"}},
        {"a_field_of_next_year": True},
    ],
)
def test_what_holds_more_or_less_than_typed_text_is_none(fields: dict[str, Any]) -> None:
    assert said(**fields) == Odd(9, 5001, 5001, "other")


@pytest.mark.parametrize(
    "chat",
    [{"id": -100123, "type": "supergroup"}, {"id": -5, "type": "group"}, {"id": -7, "type": "channel"}],
)
def test_what_is_written_in_a_group_is_none(chat: dict[str, Any]) -> None:
    assert said(chat=chat) == Odd(9, 5001, chat["id"], "group")


def test_an_edit_is_none_whatever_it_holds() -> None:
    edited = {**TYPED, "edit_date": 1_700_000_100, "text": "unlock the front door"}
    assert read({"update_id": 9, "edited_message": edited}) == Odd(9, 5001, 5001, "edited")
    assert read({"update_id": 9, "edited_message": edited, "message": TYPED}) == Odd(9, 5001, 5001, "edited")


@pytest.mark.parametrize(
    "message",
    [
        {"from": None},
        {"from": {**ANNA, "is_bot": True}},
        {"from": {"id": 5001}},
        {"from": {**ANNA, "id": "5001"}},
        {"from": {**ANNA, "id": True}},
        {"from": {**ANNA, "id": -5001}},
        {"from": "anna"},
        {"chat": None},
        {"chat": []},
    ],
)
def test_who_is_nobody_is_told_nothing(message: dict[str, Any]) -> None:
    assert said(**message) == Unread(9)


def test_somebody_elses_chat_is_a_group_and_a_chat_of_no_kind_is_none() -> None:
    assert said(chat={**CHAT, "id": 5002}) == Odd(9, 5001, 5002, "group")
    assert said(chat={"id": 5001}) == Odd(9, 5001, 5001, "group")


TAP: dict[str, Any] = {"id": "77", "from": ANNA, "message": {"message_id": 3, "chat": CHAT}, "data": "nonce"}


def tapped(**query: Any) -> Any:
    return read({"update_id": 9, "callback_query": {**TAP, **query}})


def test_a_tap_in_ones_own_chat_is_one() -> None:
    assert tapped() == Tapped(9, 5001, 3, "77", "nonce")


@pytest.mark.parametrize(
    "query",
    [
        {"message": None, "inline_message_id": "x"},
        {"message": {"message_id": 3, "chat": {"id": -5, "type": "group"}}},
        {"message": {"message_id": 3, "chat": {"id": 5002, "type": "private"}}},
        {"message": {"chat": CHAT}},
        {"from": {**ANNA, "is_bot": True}},
        {"from": {**ANNA, "id": 5002}},
        {"data": None},
        {"data": "x" * 65},
        {"id": ""},
        {"id": 77},
        {"data": "\ud800" * 30},
    ],
)
def test_any_other_tap_is_nobodys(query: dict[str, Any]) -> None:
    found = tapped(**query)
    assert isinstance(found, Unread) or (isinstance(found, Tapped) and found.data == "\ud800" * 30)


@pytest.mark.parametrize(
    "update",
    [
        {},
        [],
        None,
        "text",
        5,
        {"message": TYPED},
        {"update_id": "9", "message": TYPED},
        {"update_id": None, "message": TYPED},
        {"update_id": True, "message": TYPED},
        {"update_id": -4, "message": TYPED},
        {"update_id": 2**70, "message": TYPED},
    ],
)
def test_what_has_no_number_is_no_update(update: Any) -> None:
    assert read(update) is None


@pytest.mark.parametrize(
    "update",
    [
        {"channel_post": TYPED},
        {"edited_channel_post": TYPED},
        {"business_message": TYPED},
        {"inline_query": {"id": "1", "from": ANNA, "query": "unlock"}},
        {"my_chat_member": {"chat": CHAT, "from": ANNA}},
        {"message_reaction": {"chat": CHAT, "user": ANNA}},
        {"message": None},
        {"message": "turn on the light"},
        {"callback_query": None},
        {"edited_message": 5},
        {},
    ],
)
def test_any_other_update_is_nobodys(update: dict[str, Any]) -> None:
    assert read({"update_id": 9, **update}) == Unread(9)


def test_a_text_without_an_end_is_cut_before_anybody_walks_it() -> None:
    found = said(text="x" * 1_000_000)
    assert isinstance(found, Typed)
    assert len(found.text) == 4097
