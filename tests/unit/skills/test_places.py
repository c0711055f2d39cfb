from pathlib import Path

import pytest

from claw.skills import places


def test_the_skills_that_ship_are_found_in_a_checkout() -> None:
    folder = Path(places.__file__).parents[2] / "skills"
    assert places.shipped() in {folder, None}
    assert places.own(Path("/state")) == Path("/state/skills")


def test_an_installed_package_has_them_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "claw" / "skills"
    (package / "shipped").mkdir(parents=True)
    monkeypatch.setattr(places, "__file__", str(package / "places.py"))
    assert places.shipped() is None
    (package / "shipped" / places.LOCK).write_text("{}")
    assert places.shipped() == package / "shipped"
