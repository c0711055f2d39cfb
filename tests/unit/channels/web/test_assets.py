"""The page's files: served from a table, with their types, and free of anything inline."""

import pytest

from tests.serving import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_pages_files_are_served_with_their_types(served: Served) -> None:
    status, _, headers = await served.ask("GET", "/page/main.js", token=None)
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    again, body, _ = await served.ask("GET", "/page/main.js", token=None, headers={"If-None-Match": headers["etag"]})
    assert (again, body) == (304, "")


async def test_the_page_holds_no_inline_script_or_style(served: Served) -> None:
    for name in ("index.html", "login.html"):
        _, text, _ = await served.ask("GET", f"/page/{name}", token=None)
        assert "<script>" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize("name", ["", "%2e%2e/app.py", "/etc/passwd", "main.js/", "INDEX.HTML"])
async def test_what_is_not_in_the_table_is_not_there(served: Served, name: str) -> None:
    status, body, _ = await served.ask("GET", f"/page/{name}", token=None)
    assert status in {404, 405}
    assert "import" not in str(body)
