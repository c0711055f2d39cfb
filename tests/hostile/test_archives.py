"""Archives that somebody made to do harm: each is refused with nothing changed, inside the folder and out of it."""

import io
import random
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from claw.base.errors import ClawError, Refused
from claw.care.restore import Wanted, restore
from claw.daemon.backups import Made
from claw.store.archive import Writer, _header
from claw.store.encrypted import Encrypting
from tests.backup_room import CONSOLE, KEY, NOON, Lived, lived
from tests.cli_room import Cli
from tests.held_clock import HeldClock


@pytest.fixture
def home(tmp_path: Path) -> Lived:
    return lived(tmp_path)


def everything(folder: Path) -> dict[str, bytes | str]:
    """Return every file below ``folder``, the folders and what links say; locks are held and let go."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(".lock") and path.name != "lock"
    }


def refused_untouched(home: Lived, archive: Path) -> str:
    """Restore ``archive`` over the home and return why it was refused; nothing anywhere is other than before."""
    before = everything(home.folder)
    with pytest.raises(Refused) as refused:
        restore(Wanted(archive, home.state, CONSOLE), HeldClock(NOON))
    assert everything(home.folder) == before
    return str(refused.value)


def spliced(home: Lived, more: bytes) -> Path:
    """Return a good backup with ``more`` in it before its manifest: all else in it is as Claw wrote it."""
    made = home.backup("good.tar")
    good = made.path.read_bytes()
    at = good.rindex(b"manifest.json\0")
    archive = home.folder / "forged.tar"
    archive.write_bytes(good[:at] + more + good[at:])
    return archive


def entry(name: str, kind: bytes = b"0", data: bytes = b"", link: str = "") -> bytes:
    """Return a member with the header that Claw would write but for these, its checksum right."""
    block = bytearray(_header("x", len(data)))
    block[:100] = name.encode()[:100].ljust(100, b"\0")
    block[156:157] = kind
    block[157:257] = link.encode().ljust(100, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block) + data.ljust(-len(data) % 512 + len(data), b"\0")


def of_tarfile(name: str, form: int) -> bytes:
    """Return a member as Python's own library writes it."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=form) as tar:
        tar.addfile(tarfile.TarInfo(name))
    return whole.getvalue()[:-10240] or whole.getvalue()[: -2 * 512]


HARM = {
    "out of the folder": entry("../escaped", data=b"x"),
    "deep out of it": entry("skills/../../../escaped", data=b"x"),
    "absolute": entry("/etc/escaped", data=b"x"),
    "a hidden name": entry("skills/.ssh/authorized_keys", data=b"x"),
    "a name of ours that is no part": entry("claw.sock", data=b"x"),
    "a write-ahead log": entry("claw.db-wal", data=b"x"),
    "a journal of the log": entry("audit.db-journal", data=b"x"),
    "a symbolic link": entry("skills/x", b"2", link="/etc/passwd"),
    "a link to a folder outside": entry("skills", b"2", link="/tmp"),  # noqa: S108  the attack
    "a hard link": entry("skills/x", b"1", link="keys/audit.key"),
    "a device": entry("skills/x", b"3"),
    "a block device": entry("skills/x", b"4"),
    "a pipe": entry("stop", b"6"),
    "a folder": entry("skills/x", b"5"),
    "a sparse file": entry("skills/x", b"S"),
    "a second database": entry("claw.db", data=b"x"),
    "a second key": entry("keys/audit.key", data=b"x"),
    "a key in a folder of keys": entry("keys/a/b", data=b"x"),
    "a part that no list names": entry("skills/extra", data=b"x"),
    "a name with a line end": entry("skills/a\nb", data=b"x"),
    "a name with a zero": entry("skills/a\0b", data=b"x"),
    "a file where a folder has to be": entry("skills/morning", data=b"x"),
}


@pytest.mark.parametrize("how", HARM)
def test_harmful_members(how: str, home: Lived) -> None:
    why = refused_untouched(home, spliced(home, HARM[how]))
    assert "backup" in why


def test_without_harm_the_same_archive_is_restored(home: Lived) -> None:
    """What is refused above is refused for the harm alone."""
    done = restore(Wanted(spliced(home, b""), home.folder / "new", CONSOLE), HeldClock(NOON))
    assert done.entries


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_extensions_that_say_another_name_or_size(form: int, home: Lived) -> None:
    more = of_tarfile("skills/" + "a" * 300, form)
    assert len(more) >= 3 * 512
    refused_untouched(home, spliced(home, more))


def raw(home: Lived, *parts: bytes) -> Path:
    path = home.folder / "raw.tar"
    path.write_bytes(b"".join(parts))
    return path


def test_a_member_that_says_it_is_larger_than_the_file(home: Lived) -> None:
    """No disk is filled and no memory taken by what a header only says."""
    path = raw(home, _header("claw.db", (8 << 30) - 1), b"x" * 600)
    assert "cut off" in refused_untouched(home, path)


def test_a_header_with_a_size_in_another_notation(home: Lived) -> None:
    block = bytearray(_header("claw.db", 5))
    block[124:136] = b"\x80" + bytes(3) + struct.pack(">Q", 1 << 60)
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    refused_untouched(home, raw(home, bytes(block), b"x" * 512))


def test_a_header_with_a_wrong_checksum_or_a_negative_size(home: Lived) -> None:
    for at, data in ((148, b"0000000\0"), (124, b"-0000000005\0"), (257, b"ustar  \0"), (100, b"0000777\0")):
        block = bytearray(_header("claw.db", 5))
        block[at : at + len(data)] = data
        refused_untouched(home, raw(home, bytes(block), b"x" * 512))


def forged(made: Made, to: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Return a backup with every hash right whose members are what ``change`` makes of them, None for none."""
    with to.open("wb") as file, tarfile.open(made.path) as good:
        writer = Writer(file)
        for member in made.contents.members:
            source = good.extractfile(member.name)
            assert source is not None
            data = change(member.name, source.read())
            if data is not None:
                writer.add_bytes(member.name, data)
        writer.end(made.contents.about)
    return to


def test_a_member_whose_hash_does_not_fit(home: Lived) -> None:
    made = home.backup("good.tar")
    data = made.path.read_bytes()
    at = data.index(b"name: morning")
    made.path.write_bytes(data[:at] + b"name: evening" + data[at + 13 :])
    assert "skills/morning/skill.yaml is not what it lists" in refused_untouched(home, made.path)


def test_databases_that_are_none(home: Lived) -> None:
    for name in ("claw.db", "audit.db"):
        made = home.backup(f"good-{name}.tar")
        path = forged(
            made, home.folder / f"forged-{name}.tar", lambda at, data, name=name: b"x" * 9000 if at == name else data
        )
        assert "damaged" in refused_untouched(home, path)


def test_a_part_of_the_log_that_is_missing(home: Lived) -> None:
    made = home.backup("good.tar")
    path = forged(made, home.folder / "forged.tar", lambda at, data: None if at.startswith("audit-") else data)
    assert "missing" in refused_untouched(home, path)


def test_a_key_that_is_missing_is_said_and_no_reason_to_lose_the_rest(home: Lived) -> None:
    """Without its key the log still says who signed it; the daemon makes a new one and stops the house."""
    made = home.backup("good.tar")
    path = forged(made, home.folder / "forged.tar", lambda at, data: None if at.startswith("keys/") else data)
    done = restore(Wanted(path, home.folder / "new", CONSOLE), HeldClock(NOON))
    assert any("the key of the log is not at" in warning for warning in done.warnings)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_ten_thousand_archives_with_random_damage(home: Lived) -> None:
    _damaged(home, 10_000)


def test_archives_with_random_damage(home: Lived) -> None:
    _damaged(home, 150)


def _damaged(home: Lived, times: int) -> None:
    """Whatever is flipped, cut or put in, a restore is refused, or it was padding and the home is the same."""
    luck = random.Random(35)
    made = home.backup("good.tar")
    good = made.path.read_bytes()
    target = home.folder / "new"
    for _ in range(times):
        bad = bytearray(good)
        for _ in range(luck.randrange(1, 4)):
            at = luck.randrange(len(bad))
            how = luck.randrange(3)
            if how == 0:
                bad[at] ^= 1 << luck.randrange(8)
            elif how == 1:
                del bad[at : at + luck.choice((1, 512, 5000))]
            else:
                bad[at:at] = bytes(luck.randrange(256) for _ in range(luck.choice((1, 512))))
        (home.folder / "bad.tar").write_bytes(bad)
        try:
            restore(Wanted(home.folder / "bad.tar", target, CONSOLE), HeldClock(NOON))
        except ClawError:
            assert not target.exists()
            assert not list(home.folder.glob("new.*"))
        else:
            assert (target / "skills/morning/skill.yaml").read_text() == "name: morning\n"
            target.rename(home.folder / "gone")
            _remove(home.folder / "gone")


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


def test_a_harmful_archive_under_a_good_key_is_as_harmful(home: Lived) -> None:
    """Encryption says who made it, not that it does no harm: the same checks stand behind it."""
    inner = spliced(home, entry("../escaped", data=b"x")).read_bytes()
    path = home.folder / "b.tar.encrypted"
    with path.open("wb") as file:
        encrypting = Encrypting(file, KEY)
        encrypting.write(inner)
        encrypting.end()
    before = everything(home.folder)
    with pytest.raises(Refused):
        restore(Wanted(path, home.state, CONSOLE, KEY), HeldClock(NOON))
    assert everything(home.folder) == before


def test_through_the_command_line(home: Lived, claw: Cli) -> None:
    archive = spliced(home, HARM["out of the folder"])
    before = everything(home.folder)
    done = claw("restore", str(archive), "--state-dir", str(home.state))
    assert done.code == 3
    assert "'../escaped' has no place in one" in done.err
    assert everything(home.folder) == before


@pytest.fixture
def claw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    from claw.cli import main  # noqa: PLC0415  one test of this file needs it
    from tests.cli_room import Said  # noqa: PLC0415  the same

    def run(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["claw", *words])
        with pytest.raises(SystemExit) as ended:
            main.main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    monkeypatch.setenv("COLUMNS", "200")
    return run
