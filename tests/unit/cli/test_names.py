"""Names are listed and approved by their ids."""

from tests.cli_room import Cli, FakeDaemon


def test_what_waits_is_listed_with_its_names(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["names"] = {"ok": [{"id": "light.lamp", "names": ["Jupiter", "Moon \x1b[31m"]}]}
    said = claw("names", "list")
    assert said.out.split() == ["light.lamp", "Jupiter", "|", "Moon", "[31m"]


def test_nothing_waits(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["names"] = {"ok": []}
    assert claw("names", "list").out.startswith("Every name is approved")


def test_ids_are_approved(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["names_approve"] = {"ok": {"approved": {"r1": ["Jupiter"]}}}
    assert claw("names", "approve", "light.lamp").out == "1 approved.\n"
    assert daemon.asked == [{"do": "names_approve", "entities": ["light.lamp"]}]


def test_all_are_approved_only_when_that_is_said(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["names_approve"] = {"ok": {"approved": {}}}
    assert claw("names", "approve").code == 3
    assert claw("names", "approve", "light.lamp", "--all").code == 3
    assert daemon.asked == []
    assert claw("names", "approve", "--all").code == 0
