"""The browser pages: a Gradio shell around small elements that speak to `/api/v1`."""
