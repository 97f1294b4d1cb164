"""`serve`: the pages and the REST API, with the worker."""

from __future__ import annotations

import dataclasses
import logging
import socket
from collections.abc import Callable
from typing import Annotated

import typer

from app.cli.context import State, state_of
from app.settings import SettingsError


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to bind.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="0 takes a free one.", show_default=False)
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Bind an address other than loopback.")
    ] = False,
) -> None:
    """Serve the pages and the REST API on this machine until interrupted."""
    serve_until_stopped(_with_options(state_of(context), host, port, allow_remote))


def serve_until_stopped(state: State, opened: Callable[[str], None] | None = None) -> None:
    """Serve as the settings say.

    Args:
        state: the command line's.
        opened: told the site's address as soon as it can be opened.
    """
    import uvicorn

    from app.api.access import check_bind_address
    from app.jobs.supervisor import WorkerSupervisor
    from app.services.actor import OWNER
    from app.services.models import missing_weights
    from app.site import create_site

    workspace = state.workspace()
    server = workspace.settings.server
    check_bind_address(server)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    listener = _listen(server.host, server.port)
    bound = listener.getsockname()[1]
    supervisor = WorkerSupervisor(dataclasses.replace(workspace.launch, home=workspace.home))
    app = create_site(workspace, supervisor)
    shown = f"[{server.host}]" if ":" in server.host else server.host
    address = f"http://{shown}:{bound}"
    typer.echo(f"Retrace is at {address} – its store is {workspace.home}")
    for missing in missing_weights(OWNER, workspace):
        typer.echo(f"Note: {missing.message}")
    if opened is not None:
        opened(address)
    typer.echo("Press Ctrl+C to stop.")
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3)
    uvicorn.Server(config).run(sockets=[listener])


def _with_options(state: State, host: str | None, port: int | None, allow_remote: bool) -> State:
    given = [
        *([f"server.host={host}"] if host is not None else []),
        *([f"server.port={port}"] if port is not None else []),
        *(["server.allow_remote=true"] if allow_remote else []),
    ]
    return dataclasses.replace(state, overrides=(*state.overrides, *given))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise SettingsError(
            f"Cannot serve on {host}:{port}: {error.strerror}. Another program uses it, perhaps "
            "Retrace itself; choose another with --port, or --port 0 for a free one."
        ) from error
    listener.listen(128)
    return listener
