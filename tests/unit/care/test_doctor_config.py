from pathlib import Path

from claw.care.doctor_config import config
from tests.doctor_room import case, found, told, worse

WHISPER = "voice: {transcriber: {engine: whisper, model: no-model}}\n"


def test_a_missing_one_is_a_problem_but_for_a_demo(tmp_path: Path) -> None:
    assert [level for level, _ in found(config, case(tmp_path))] == ["problem"]
    assert [level for level, _ in found(config, case(tmp_path, {"status": told()}))] == ["note"]


def test_a_broken_one_is_told_with_file_and_line(tmp_path: Path) -> None:
    ((level, text),) = found(config, case(tmp_path, config="house: [\n"))
    assert level == "problem"
    assert "config.yaml" in text


def test_what_is_named_and_not_there_is_told(tmp_path: Path) -> None:
    written = (
        "house: {simulated: house.yaml}\nlisten: {tls: {certificate: a.pem, key: b.pem}}\n"
        f"sources: {{mail: {{file: mail.txt}}}}\n{WHISPER}people: [{{id: anna, name: Anna, role: owner}}]\n"
    )
    missing = [text for level, text in found(config, case(tmp_path, config=written)) if level == "problem"]
    assert [text.rpartition("/")[2] for text in missing] == ["house.yaml", "a.pem", "b.pem", "no-model", "mail.txt"]
    for name in ("house.yaml", "a.pem", "b.pem", "no-model", "mail.txt"):
        (tmp_path / name).touch()
    assert worse(config, case(tmp_path)) == []


def test_that_nobody_is_named_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "house.yaml").touch()
    about = case(tmp_path, config="house: {simulated: house.yaml}\n")
    assert worse(config, about) == [("note", "The configuration names nobody; people are let in on the page.")]
