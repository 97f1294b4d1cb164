"""Builds the command tree and turns errors into one-line messages."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import State

HOISTED = {"--home": True, "--config": True, "--set": True, "--json": False}
"""Options accepted before and after the command, and whether each takes a value."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    quiet_libraries()
    given = hoist(list(sys.argv[1:] if arguments is None else arguments))
    app = build()
    try:
        app(given, prog_name="retrace")
    except KeyboardInterrupt:
        typer.echo("Interrupted; what was done is kept.", err=True)
        sys.exit(130)
    except Exception as error:
        from app.errors import describe

        problem = describe(error)
        if not problem.expected:
            logging.getLogger("retrace").exception("unexpected error")
        typer.echo(f"Error: {problem.message}", err=True)
        sys.exit(1)


def quiet_libraries() -> None:
    """Keep every library offline and silent: nothing phones home or installs by itself."""
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["OPENVINO_TELEMETRY"] = "false"
    os.environ.setdefault("YOLO_VERBOSE", "false")


def hoist(arguments: list[str]) -> list[str]:
    """Move --home, --config, --set and --json to the front, wherever they stand."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name, equals, _ = argument.partition("=")
        if argument == "--":
            rest += [argument, *waiting]
        elif name in HOISTED and (equals or not HOISTED[name]):
            front.append(argument)
        elif name in HOISTED:
            front += [argument, *(value for value in [next(waiting, None)] if value is not None)]
        else:
            rest.append(argument)
    return front + rest


def build() -> typer.Typer:
    """The whole command tree."""
    from app.cli import (
        cameras,
        demo,
        embedding,
        evaluate,
        index,
        ingest,
        jobs,
        match,
        models,
        people,
        review,
        search,
        serve,
        system,
        tracklets,
        train,
        videos,
    )

    app = typer.Typer(
        name="retrace",
        help="Find a person again across cameras.",
        no_args_is_help=False,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_start)
    for name, group in {
        "cameras": cameras.app,
        "videos": videos.app,
        "jobs": jobs.app,
        "tracklets": tracklets.app,
        "models": models.app,
        "match": match.app,
        "people": people.app,
        "review": review.app,
        "evaluate": evaluate.app,
        "train": train.app,
        "index": index.app,
    }.items():
        app.add_typer(group, name=name)
    app.command("serve")(serve.serve)
    app.command("demo")(demo.demo)
    app.command("ingest")(ingest.ingest)
    app.command("search")(search.search)
    app.command("embed")(embedding.embed)
    app.command("doctor")(system.doctor)
    return app


def _start(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of the store (RETRACE_HOME).", show_default=False)
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A YAML file with settings.", show_default=False)
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="section.key=value, repeatable.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """Find a person again across cameras. Without a command: serve."""
    context.obj = State(
        home=home.expanduser().absolute() if home else None,
        config=config,
        overrides=tuple(overrides or ()),
        as_json=as_json,
    )
    if context.invoked_subcommand is None:
        from app.cli.serve import serve

        context.invoke(serve, context)
