"""A token of Claw's own by Home Assistant's own way of signing in, so that nobody has to copy one.

User, password and code go to the login flow and are kept nowhere; what comes back is a session that asks for one
long-lived token over the websocket and is ended right after.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

import niquests
from niquests.exceptions import RequestException

from claw.base.errors import Refused, Unavailable
from claw.care.init_talk import NotAnswered, Talk, base_of, cause
from claw.house.text import plain

TOKEN_NAME = "Claw"  # noqa: S105  what Home Assistant calls it in its list
DAYS = 3650
ANSWER_S = 20.0
_MOST_STEPS = 8
MOST_TOKENS = 20

Row = Mapping[str, Any]


async def sign_in(url: str, user: str, password: str, code: Callable[[], str], name: str = TOKEN_NAME) -> str:
    """Return a new long-lived token of ``user``; ``code`` is asked for the second factor where there is one.

    ``name`` is what Home Assistant lists it under.  Raises Refused for what it does not accept, Unavailable when it
    does not answer as Home Assistant does.
    """
    base = base_of(url)
    try:
        async with niquests.AsyncSession() as session:
            session.trust_env = False  # the password goes to this address and nowhere else
            login = _Login(session, base)
            granted = await login.through(user, password, code)
            try:
                return await _lasting(base, str(granted["access_token"]), name)
            finally:
                await login.post("/auth/revoke", form={"token": str(granted.get("refresh_token", ""))})
    except TimeoutError:
        raise Unavailable(f"it did not answer within {ANSWER_S:g} s") from None
    except (RequestException, OSError) as error:
        raise Unavailable(f"it cannot be reached ({cause(error)})") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise Unavailable("it does not sign in as Home Assistant does; paste a long-lived token instead") from None


class _Login:
    """One login flow of Home Assistant."""

    def __init__(self, session: niquests.AsyncSession, base: str) -> None:
        self._session = session
        self._base = base
        self._client = f"{base}/"

    async def post(self, path: str, *, body: Row | None = None, form: Mapping[str, str] | None = None) -> Row:
        """Return the answer to one message, as the mapping that it is; raises ValueError, Refused."""
        async with asyncio.timeout(ANSWER_S):
            response = await self._session.post(
                self._base + path, json=dict(body) if body else None, data=dict(form) if form else None,
                allow_redirects=False,
            )  # fmt: skip
        text = response.text or ""
        answer: object = json.loads(text) if text.strip() else {}
        if not isinstance(answer, Mapping):
            raise ValueError("no mapping")  # noqa: TRY004  whatever is odd about an answer is one thing
        row = cast("Row", answer)
        if response.status_code is None or response.status_code >= HTTPStatus.BAD_REQUEST:
            said = row.get("message") or row.get("error_description") or row.get("error") or response.status_code
            raise Refused(f"Home Assistant does not let this user in: {plain(str(said), 120)}")
        return row

    async def through(self, user: str, password: str, code: Callable[[], str]) -> Row:
        """Return what the finished flow grants."""
        begun = {"client_id": self._client, "handler": ["homeassistant", None], "redirect_uri": self._client}
        step = await self.post("/auth/login_flow", body=begun)
        for _ in range(_MOST_STEPS):
            if step["type"] == "create_entry":
                given = {"grant_type": "authorization_code", "code": str(step["result"]), "client_id": self._client}
                return await self.post("/auth/token", form=given)
            if step["type"] != "form":
                raise Refused(f"Home Assistant ended the signing in: {plain(str(step.get('reason', '')), 60)}")
            _check(step)
            filled = _filled(step, user, password, code)
            step = await self.post(f"/auth/login_flow/{step['flow_id']}", body={"client_id": self._client, **filled})
        raise Refused("Home Assistant asks more than a user, a password and a code; paste a long-lived token instead")


def _check(step: Row) -> None:
    errors = cast("Row", step.get("errors") or {})
    wrong = errors.get("base")
    if wrong == "invalid_auth":
        raise Refused("Home Assistant knows no such user with this password")
    if wrong == "invalid_code":
        raise Refused("that code is not right, or it is over")
    if wrong is not None:
        raise Refused(f"Home Assistant does not let this user in: {plain(str(wrong), 60)}")


def _filled(step: Row, user: str, password: str, code: Callable[[], str]) -> dict[str, str]:
    match step["step_id"]:
        case "init":
            return {"username": user, "password": password}
        case "mfa":
            return {"code": code()}
        case "select_mfa_module":
            return {"multi_factor_auth_module": str(step["data_schema"][0]["options"][0][0])}
        case other:
            raise Refused(f"Home Assistant asks for something that Claw does not know: {plain(str(other), 60)}")


async def _lasting(base: str, access: str, name: str) -> str:
    """Return a long-lived token for whoever ``access`` is of; raises Refused, Unavailable."""
    async with Talk(base, access) as talk:
        for called in (name, *(f"{name} {number}" for number in range(2, MOST_TOKENS))):
            try:
                made = await talk.ask("auth/long_lived_access_token", client_name=called, lifespan=DAYS)
            except NotAnswered:
                continue  # there is one of that name
            if isinstance(made, str) and made:
                return made
    raise Refused("Home Assistant makes no token; delete old ones of Claw's in the profile of this user")
