from pathlib import Path

import pytest

from claw.base.reinstall import again
from claw.care import doctor_sandbox
from claw.care.doctor_sandbox import sandbox
from tests.doctor_room import case, found, mends, told, worse


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(doctor_sandbox, "KERNEL", tmp_path / "sys")
    for folder in ("kernel", "user"):
        (tmp_path / "sys" / folder).mkdir(parents=True)
    return tmp_path / "sys"


def test_what_is_there_and_comes_up_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_sandbox, "_starts", lambda *_: True)
    monkeypatch.setattr(doctor_sandbox, "bubblewrap", lambda: "/usr/bin/bwrap")
    assert [level for level, _ in found(sandbox, case(tmp_path))] == ["ok"]


def test_what_is_missing_is_told_with_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_sandbox, "bubblewrap", lambda: None)
    assert mends(sandbox, case(tmp_path)) == ["apt install bubblewrap"]
    monkeypatch.setattr(doctor_sandbox, "binary", lambda: None)
    assert mends(sandbox, case(tmp_path)) == [again()]


@pytest.mark.parametrize(
    ("switch", "value", "mend"),
    [
        ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("kernel/unprivileged_userns_clone", "1", "Allow user namespaces"),
    ],
)
def test_one_that_does_not_come_up_is_told_with_the_switch_that_forbids_it(
    tmp_path: Path, kernel: Path, monkeypatch: pytest.MonkeyPatch, switch: str, value: str, mend: str
) -> None:
    (kernel / switch).write_text(value + "\n")
    monkeypatch.setattr(doctor_sandbox, "bubblewrap", lambda: str(tmp_path / "no-bwrap"))
    assert mends(sandbox, case(tmp_path))[0].startswith(mend), "a launcher that starts nothing was taken for one"


def test_a_daemon_that_has_it_plain_is_told(tmp_path: Path, kernel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_sandbox, "_starts", lambda *_: True)
    monkeypatch.setattr(doctor_sandbox, "bubblewrap", lambda: "/usr/bin/bwrap")
    about = case(tmp_path, {"status": told(sandbox="plain")})
    assert worse(sandbox, about) == [("warning", "The daemon runs programs without bubblewrap.")]
