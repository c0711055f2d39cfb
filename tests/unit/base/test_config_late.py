"""A section whose shape is made when somebody writes it: as strict as any other, and free for who does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from claw.base.config import Config, read_config
from claw.base.errors import Invalid


def test_who_has_no_such_section_does_not_pay_for_its_shape() -> None:
    code = "import sys, claw.base.config as c; c.Config(house={'url': 'http://h'})"
    code += "; sys.exit('claw.base.config_voice' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("voice: {wyoming: {prot: 1}}", r":3: found the unknown key 'prot', did you mean 'port'\?"),
        ("voice:\n  wyoming:\n    peers:\n    - address: kitchen", r":6: .*peers.0.address: found 'kitchen'"),
        ("voice: 3", ":3: voice"),
    ],
)
def test_what_is_wrong_in_it_is_said_with_its_line(tmp_path: Path, section: str, says: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"house: {{simulated: h.yaml}}\n# voice\n{section}\n")
    with pytest.raises(Invalid, match=says):
        read_config(path)


def test_an_empty_section_is_none_and_the_whole_can_be_written_as_json() -> None:
    config = Config.model_validate({"house": {"url": "http://h"}, "voice": None})
    assert config.voice is None
    voiced = Config.model_validate({"house": {"url": "http://h"}, "voice": {"wyoming": {}}})
    assert Config.model_validate_json(voiced.model_dump_json()) == voiced
    assert "VoiceConfig" in str(Config.model_json_schema()) or "wyoming" in str(Config.model_json_schema())
