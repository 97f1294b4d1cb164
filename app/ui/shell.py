"""What every page starts with: the header with the product's name and the ways to the pages."""

from __future__ import annotations

import gradio as gr

PAGES = (
    ("Library", "/"),
    ("Find", "/find"),
    ("People", "/people"),
    ("Match", "/match"),
    ("System", "/system"),
)


def header_html(current: str) -> str:
    """The header as fixed markup; nothing a user typed ever goes into it.

    Args:
        current: the name of the page it stands on, one of `PAGES`.
    """
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if name == current else ""}>{name}</a>'
        for name, path in PAGES
    )
    return (
        '<div class="rt-header"><a class="rt-brand" href="/">Retrace</a>'
        f'<nav aria-label="Pages">{links}</nav></div>'
    )


def page(name: str, element: str) -> None:
    """Put a page into the surrounding Blocks: the header and the one element that is the page.

    Between them stands what says, on every page, that the demo's people are drawn by a program,
    and, until somebody has read it, that the model in use is for research only.

    Args:
        name: the page's name, one of `PAGES`.
        element: the tag of its custom element, for example "retrace-library".
    """
    gr.HTML(
        f"{header_html(name)}<retrace-demo-notice></retrace-demo-notice>"
        f"<retrace-terms-notice></retrace-terms-notice><{element}></{element}>",
        apply_default_css=False,
        js_on_load=None,
        elem_id="retrace-page",
    )
