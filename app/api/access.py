"""Who may talk to the server until there are accounts: browsers and programs on this machine.

Host is checked against DNS rebinding; Origin (and Sec-Fetch-Site) against other web pages that
would act through the browser of the person who runs Retrace.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.settings import ServerSettings, SettingsError


def check_bind_address(server: ServerSettings) -> None:
    """Raise SettingsError when the address would open the server to others unasked."""
    if is_loopback(server.host) or server.allow_remote:
        return
    raise SettingsError(
        f"Refusing to serve on {server.host}: Retrace has no accounts yet, so everybody who "
        "reaches that address could see all recordings. Keep 127.0.0.1, or say --allow-remote "
        "if something else in front of it asks for a password."
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class LocalOnly:
    """ASGI middleware that refuses foreign Host and Origin headers with 403."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self.app = app
        self._allow_remote = settings.allow_remote
        self._hosts = {name.lower() for name in settings.allowed_hosts}
        if settings.allow_remote:
            self._hosts.add(settings.host.lower())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] in ("http", "websocket"):
            reason = self.refusal(Headers(scope=scope))
            if reason is not None:
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1008})
                    return
                body = {"error": {"code": "forbidden", "message": reason}}
                await JSONResponse(body, 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def refusal(self, headers: Headers) -> str | None:
        """Why a request with these headers is refused, or None."""
        host = headers.get("host", "")
        name = (urlsplit(f"//{host}").hostname or "").lower()
        if not self._known(name):
            return (
                f"This server does not answer to the name {name!r}. Open it as 127.0.0.1 or "
                "localhost, or list the name under server.allowed_hosts."
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "This request comes from another web page. Open Retrace's own page."
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") not in (
            "navigate",
            None,
        ):
            return "This request comes from another web page. Open Retrace's own page."
        return None

    def _known(self, name: str) -> bool:
        return is_loopback(name) or name in self._hosts
