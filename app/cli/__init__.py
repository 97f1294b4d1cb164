"""The command line: `python run_app.py COMMAND`. One file a group of commands.

Exit codes: 0 done · 1 something failed (a bad file among others, an unhealthy installation) ·
2 the command was not understood · 130 interrupted.
"""

from app.cli.entry import main

__all__ = ["main"]
