import os
import socket
from pathlib import Path

import pytest

from claw.base.regular import open_regular

HANDLES = Path("/proc/self/fd")


def test_a_file_is_opened_also_through_a_link_unless_no_link_is_wanted(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"x")
    link.symlink_to(path)
    for one in (path, link):
        with open_regular(one) as file:
            assert file.read() == b"x"
    with pytest.raises(OSError, match="symbolic links"):
        open_regular(link, follow=False)


def test_what_is_no_file_is_told_and_waited_for_by_nobody(tmp_path: Path) -> None:
    pipe, folder, device, ring, wire = (tmp_path / name for name in ("pipe", "folder", "device", "ring", "wire"))
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to("/dev/zero")
    ring.symlink_to(ring)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.bind(str(wire))
    for path, why in (
        (pipe, "it is a pipe and no file"),
        (folder, "it is a folder and no file"),
        (device, "it is a device and no file"),
        (ring, "Too many levels of symbolic links"),
        (wire, "No such device or address"),
        (tmp_path / "nothing", "No such file or directory"),
    ):
        before = len(list(HANDLES.iterdir()))
        with pytest.raises(OSError) as error:  # noqa: PT011  the sentence is looked at below
            open_regular(path)
        assert error.value.strerror == why
        assert len(list(HANDLES.iterdir())) == before
