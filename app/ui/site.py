"""The browser pages: Gradio is the shell (navigation, theme, page load), the elements the work."""

from __future__ import annotations

import warnings
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.ui import find, library, match, people, system
from app.ui.gradio_loop import within_a_loop
from app.ui.theme import build_theme

ELEMENTS = Path(__file__).parent / "elements"
ASSETS_URL = "/ui-assets"

STYLES = "".join(
    f'<link rel="stylesheet" href="{ASSETS_URL}/{path.name}">'
    for path in sorted(ELEMENTS.glob("*.css"))
)
HEAD = f'{STYLES}<script type="module" src="{ASSETS_URL}/main.js"></script>'

QUEUE_PAUSE = 1.0
"""Seconds between looks into Gradio's queue of events, of which the pages have none."""


class _Assets(StaticFiles):
    """The elements' files, asked for again at each load so that an upgrade shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def build_site() -> gr.Blocks:
    """The pages of `shell.PAGES` as one Gradio application.

    Returns:
        Blocks without any event: what the pages do goes through `/api/v1`, so that neither
        Gradio's queue nor its cache ever holds a recording, a picture or a name.
    """
    return within_a_loop(_pages)


def _pages() -> gr.Blocks:
    with gr.Blocks(title="Retrace", analytics_enabled=False, fill_width=True) as site:
        library.build()
    # Gradio's own bar of pages marks the current one by colour alone; the shell's header does not.
    for name, build in (
        ("Find", find.build),
        ("People", people.build),
        ("Match", match.build),
        ("System", system.build),
    ):
        with site.route(name, f"/{name.lower()}", show_in_navbar=False):
            build()
    # Nothing ever comes into this queue, which Gradio looks into a thousand times a second.
    site._queue.sleep_when_free = QUEUE_PAUSE
    site._queue.progress_update_sleep_when_free = QUEUE_PAUSE
    return site


def mount(fastapi_app: FastAPI, *, site: gr.Blocks | None = None) -> FastAPI:
    """Serve the pages at "/" of an application whose other routes are already there.

    Args:
        fastapi_app: the application with its `/api/v1` routes. Routes added after this call are
            never reached, because the pages take every address that is left.
        site: what to mount; by default a new `build_site()`.

    Returns:
        The same application, for chaining.
    """
    fastapi_app.mount(ASSETS_URL, _Assets(directory=ELEMENTS), name="ui-assets")
    pages = site or build_site()
    with warnings.catch_warnings():
        # Said of every application with pages, even one that asks for no server-side rendering.
        warnings.filterwarnings("ignore", message="SSR mode is not supported", category=UserWarning)
        return within_a_loop(lambda: _mount_gradio(fastapi_app, pages))


def _mount_gradio(fastapi_app: FastAPI, site: gr.Blocks) -> FastAPI:
    return gr.mount_gradio_app(
        fastapi_app,
        site,
        path="/",
        run_history=False,
        show_error=False,
        footer_links=[],
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        max_file_size=0,
        theme=build_theme(),
        head=HEAD,
    )
