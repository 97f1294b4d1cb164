"""The look of the Gradio shell; the elements take their colours from `elements/base.css`."""

from __future__ import annotations

import gradio as gr

# Names the system resolves by itself: no font is fetched from anywhere.
TEXT_FONTS = ("system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
CODE_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def build_theme() -> gr.themes.Base:
    """Gradio's plain theme with system fonts and the page colours of the elements."""
    return gr.themes.Base(
        primary_hue="blue", neutral_hue="slate", font=TEXT_FONTS, font_mono=CODE_FONTS
    ).set(
        body_background_fill="#f5f7fa",
        body_background_fill_dark="#10151c",
        body_text_color="#17202b",
        body_text_color_dark="#e8edf4",
    )
