"""No secret stands in a line of the log: neither one that is known, nor what looks like one."""

import signal

import pytest

from claw.base import redaction
from claw.base.redaction import COVER, LONGEST, MOST, hide, redacted

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiI0YjM3In0.Tq3vKx-0pYw9"
BEGIN = "-----BEGIN {} KEY-----"
LOOKS = {
    "a long-lived token of Home Assistant": f"401 for {JWT}",
    "a bearer header": "headers {'Authorization': 'Bearer abcd1234EFGH'}",
    "a basic header": "Authorization: Basic YW5uYTpodW50ZXIyMjIy",
    "Telegram's token in an address": "POST https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe",
    "Telegram's token": "token 123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw refused",
    "a key for a model": "Incorrect API key provided: sk-proj-abcdefABCDEF123456",
    "Claw's own token": "client claw_3f9a.w8Zk2QnR5tYu7PaS1dFg sent it",
    "a password in an address": "mqtt://claw:hunter2@broker.local:1883 is away",
    "a user in an address": "http://tokenastheuser@host/",
    "a query": "GET http://house:8123/local/x.jpg?authSig=abc&x=1",
    "a fragment": "GET https://host/page#access_token=abcdef",
    "where a camera is": "rtsp://cam.local:554/stream1/abc",
    "what a camera is fetched by": "GET /api/camera_proxy/camera.front_door?token=abc",
    "a stream of a camera": "GET /api/hls/0a1b2c3d/master_playlist.m3u8",
    "a webhook": "POST /api/webhook/some-id-of-it",
    "a value by its name": "connect(password=hunter2)",
    "one in JSON": '{"api_key": "hunter2!"}',
    "one in a dictionary": "{'access_token': 'hunter2'}",
    "a number by its name": "code: 1234",
    "a code that was said": "with the code K7WRQPXZ, within a quarter of an hour",
    "a code of letters": "the code KWRQPXZM is wrong",
    "a private key": BEGIN.format("OPENSSH PRIVATE") + "\nb3BlbnNzaC1r\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
    "half a private key": BEGIN.format("PRIVATE") + "\nMC4CAQAwBQYDK2Vw",
    "a long run of nothing": "id 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
}
PARTS = (
    *(JWT.partition(".")[2], "abcd1234EFGH", "YW5uYTpodW50", "AAHdqTcvCH1v", "abcdefABCDEF", "w8Zk2QnR5t", "hunter2"),
    *("tokenas", "authSig", "abcdef", "stream1", "camera.front", "0a1b2c", "some-id", "1234", "K7WRQPXZ", "KWRQPXZM"),
    *("b3BlbnNz", "MC4CAQ", "9f86d081"),
)
PLAIN = (
    "Claw is ready on http://127.0.0.1:8321/",
    "The policy file was changed: light.kitchen counts as light.kitchen_ceiling from now on",
    "Lost Home Assistant: the token: nobody has one",
    "there is no token for the house: set $CLAW_HOUSE_TOKEN, or token_file in the configuration",
    "The key file /var/lib/claw/keys/audit.key can be read by others: chmod 600 it",
    "A changed policy is in force: 41 rules, 9f86d081884c7d65",
    "the model server at api.example.com cannot be reached",
    "exit code 4, status code 404",
    "basic understanding of the bearer of news",
    'File "/usr/lib/python3/dist-packages/claw/routines/wording_when.py", line 12, in _words_of_a_moment_that_is_over',
)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_hidden", {})


@pytest.mark.parametrize("what", LOOKS)
def test_what_looks_like_a_secret_is_covered(what: str) -> None:
    said = redacted(LOOKS[what])
    assert COVER in said
    assert not [part for part in PARTS if part in said], said
    assert redacted(said) == said, "and once more changes nothing"


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_none_is_left_as_it_is(text: str) -> None:
    assert redacted(text) == text


def test_what_is_known_never_goes_out_whatever_it_looks_like() -> None:
    assert hide("correct horse/battery") == "correct horse/battery"
    hide("correct horse/battery staple")
    assert redacted("<correct horse/battery staple>") == f"<{COVER}>"
    assert redacted("GET /x/correct%20horse%2Fbattery/y") == f"GET /x/{COVER}/y"


def test_a_word_is_no_secret_and_old_ones_are_let_go_of() -> None:
    hide("on")
    hide("")
    assert redacted("the light is on") == "the light is on"
    for number in range(MOST + 10):
        hide(f"secret number {number}")
    assert len(redaction._hidden) <= MOST
    assert redacted(f"<secret number {MOST + 9}>") == f"<{COVER}>"


def test_a_text_without_end_is_cut() -> None:
    for text in ("x" * 10**6, "a1" * 10**6, "http://" * 10**5, BEGIN.format("PRIVATE") * 10**4, "token=" * 10**5):
        assert len(redacted(text)) <= LONGEST + 100


def test_a_line_made_to_take_long_takes_no_longer_than_others() -> None:
    def over(*_: object) -> None:
        raise AssertionError("the daemon is still while this is looked at")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, 5.0)  # of this process' own work: the square of a line's length is more
    try:
        for line in ("+" * LONGEST, "+" * (LONGEST - 1) + "9", "a+" * (LONGEST // 2)):
            assert redacted(line) == line
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
