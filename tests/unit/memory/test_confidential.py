"""What looks like a secret is found whatever it is wrapped in, and talk about secrets is no secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.memory.confidential import looks_secret

KEY, DOT = "abcdefghijklmnopqrstuvwxyz", "."
"""Put in later: nothing in a file of the repository may look like a secret itself."""

SECRETS = (
    "The wifi password is hunter2.",
    "Sam's PIN is 4711",
    "my pin: 4711",
    "4711 is the code for the garage",
    "the alarm code is one two three four",
    "Ben's card is 4111 1111 1111 1111",
    f"my api key is sk-{KEY}",
    "ghp_abcdefghijklmnopqrstuvwxyz0123",
    "das Passwort lautet geheim",
    "le mot de passe est soleil",
    "het wachtwoord is zonnebloem",
    "密码是abc",
    "WLAN-Passwort: sommer",
    "the gate code is 55#2",
    "https://bob:secret@host/x",
    "The safe combination is 12-34-56",
    "netflix login: anna@x.org / Sommer2020",
    "\uff50\uff49\uff4e\u3000\uff14\uff17\uff11\uff11",
    "p\u200bin is 4711",
    f"token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9{DOT}eyJzdWIiOiIxMjM0NTY3ODkwIn0{DOT}abc",
    "The password to the NAS is correct horse battery staple",
    "our wifi key is sunflower",
    "the front door opens with 4711",
    "the garage gets in with the number 4711",
    "you disarm the house by typing 4711",
    "our safe is 471112",
    "the alarm: 4711.",
    "Password for the router: banana",
)

HARMLESS = (
    "The pin of the hinge is loose.",
    "The front door opens with a push.",
    "The gate was painted in 2019.",
    "The garage opens at 7 with a hum",
    "the door is 2 m high",
    "Ben lost his credit card.",
    "The code review is at nine.",
    "Mum's phone number is 0170 555 1234.",
    "Ben always forgets his password.",
    "The wifi password is on the fridge.",
    "The spare key is under the mat.",
    "Our zip code is 90210.",
    "Dress code is smart casual.",
    "The pin board is in the hall.",
    "Sam is allergic to nuts.",
    "The bins are collected on Tuesday 14 May 2026.",
    "Grandma's phone number is 555 0199 22.",
    "The boiler was serviced on 3 March 2024.",
    "We bought the combination oven in 2019.",
    "The code of the error is in the manual",
    "Ben's flight is LH1234 on 3 May",
    "The model number is KGN39VLEB",
    "Anna was born on 1984-03-02.",
    "Sam's login name is not Sam",
    "The meter reads 123456 kWh",
    "the wifi is called FritzBox7590",
    "Sam pins his drawings to the wall",
    "The lock number plate is brass",
    "Order 123456789012 arrives on Friday",
)


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_secret_is_one(text: str) -> None:
    assert looks_secret(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_talk_about_keys_codes_and_numbers_is_no_secret(text: str) -> None:
    assert not looks_secret(text)


@given(st.text(max_size=500))
def test_any_text_is_looked_at_without_an_error(text: str) -> None:
    assert looks_secret(text) in {True, False}
