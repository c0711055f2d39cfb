from claw.care.finding import Finding


def test_a_finding_is_told_whole() -> None:
    found = Finding("disk", "warning", "1 GB is left", "claw backup --prune")
    assert found.as_json() == {
        "about": "disk",
        "level": "warning",
        "text": "1 GB is left",
        "mend": "claw backup --prune",
    }
