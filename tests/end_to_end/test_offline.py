"""Nothing phones home: with all sockets but loopback watched, the whole chain asks for none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.end_to_end.conftest import ROOT, environment

pytestmark = [pytest.mark.data, pytest.mark.slow]

WATCHER = """
import socket, sys
tried = []
real = socket.getaddrinfo
def look_up(host, *rest, **named):
    if host not in ("127.0.0.1", "localhost", "::1", None):
        tried.append(str(host))
        raise OSError("blocked by the test")
    return real(host, *rest, **named)
socket.getaddrinfo = look_up
connect = socket.socket.connect
def watched(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith("127."):
        tried.append(str(address))
        raise OSError("blocked by the test")
    return connect(self, address)
socket.socket.connect = watched
from app.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("TRIED", tried, "CODE", code or 0, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [["ingest", "{data}/videos/room2/Double1.mp4"], ["doctor"], ["models", "list"]],
    ids=["ingest", "doctor", "models"],
)
def test_no_command_asks_the_network(retrace_data, tmp_path, arguments):
    filled = [each.format(data=retrace_data) for each in arguments]
    done = subprocess.run(
        [sys.executable, "-c", WATCHER, *filled, "--home", str(tmp_path), "--json"],
        env=environment(retrace_data),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert "TRIED [] CODE 0" in done.stderr, done.stderr[-2000:]
