from pathlib import Path

from claw.care.doctor_channels import channels
from tests.doctor_room import case, found, told, worse

POLICY = """\
version: 1
rules:
  - {id: lamps, allow: light.*}
  - {id: heat, confirm: climate.set_temperature, ask: {strength: tap}}
  - {id: doors, confirm: lock.unlock, ask: {strength: session}}
  - {id: alarm, confirm: alarm_control_panel.alarm_disarm, ask: {strength: signed}}
  - {id: covers, confirm: cover.open_cover, ask: {channels: [telegram], strength: tap}}
"""
GROUND = {
    "path": "policy.yaml",
    "text": POLICY,
    "people": [],
    "actions": [
        "light.turn_on",
        "climate.set_temperature",
        "lock.unlock",
        "alarm_control_panel.alarm_disarm",
        "cover.open_cover",
    ],
}
CHAT = "house: {simulated: h.yaml}\nchannels: {telegram: {token_file: t, proves: PROOF}, phones: [PHONE]}\n"
PHONE = "{service: notify.mobile_app_a, person: anna, user: '" + "0" * 32 + "', proves: PROOF}"


def chat(proof: str) -> str:
    return CHAT.replace("PHONE", PHONE).replace("PROOF", proof)


def test_one_that_does_not_work_is_a_problem_in_its_own_words(tmp_path: Path) -> None:
    rows = [
        {"kind": "telegram", "ready": False, "detail": "Telegram refuses the token"},
        {"kind": "carrier_pigeon", "ready": False, "detail": ""},
        {"kind": "mqtt", "ready": True, "detail": ""},
        "odd",
    ]
    assert worse(channels, case(tmp_path, {"status": told(channels=rows), "policy_ground": {}})) == [
        ("problem", "Telegram does not work: Telegram refuses the token."),
        ("problem", "carrier_pigeon does not work: it does not say why."),
    ]


def test_what_a_yes_counts_for_is_told_for_each_way_there_is(tmp_path: Path) -> None:
    rows = [{"kind": "openai", "ready": True, "detail": ""}]
    answers = {"status": told(channels=rows), "policy_ground": GROUND}
    texts = dict(text.split(":", 1) for _, text in found(channels, case(tmp_path, answers, config=chat("tap"))))
    assert texts["The page"].strip().startswith("somebody signed in is proved; a yes counts for 3 of the 4 rules")
    assert texts["The command line"].strip().endswith("2 of the 4 rules that ask, also to what is risky.")
    assert (
        texts["Telegram"].strip()
        == "a tap is proved; a yes counts for 2 of the 4 rules that ask, never to what is risky."
    )
    assert "1 of the 4" in texts["Phones"]
    assert "no question is answered" in texts["Programs by /v1"]


def test_a_tap_that_is_believed_like_a_page_is_for_the_view_for_security(tmp_path: Path) -> None:
    assert worse(channels, case(tmp_path, config=chat("session"))) == []
    assert [level for level, _ in worse(channels, case(tmp_path, security=True))] == ["note", "warning"]
    assert worse(channels, case(tmp_path, config=chat("tap"), security=True)) == []
