"""The address the web server listens on: free to use, and announced once it answers."""

from __future__ import annotations

import errno
import http.client
import socket
import time
from contextlib import closing

from accounts.models import Installation
from config.processes.child import Printer

_EVERYWHERE = {"0.0.0.0", "::"}


class Unusable(RuntimeError):
    """Nothing can listen there; the message says what to do."""


def refuse_if_taken(host: str, port: int) -> None:
    """Raise Unusable unless a server could listen on `host` and `port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise Unusable(_explain(host, port, error)) from error


def _explain(host: str, port: int, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 8000
        return (
            f"Port {port} is already taken by another program. "
            f"Choose another: make run PORT={other}"
        )
    if number == errno.EACCES:
        return f"Port {port} needs root. Choose one above 1023: make run PORT=8000"
    return f"Cannot listen on {host}, port {port} ({error}). Set HOST= and PORT="


def url(host: str, port: int) -> str:
    """What to type in a browser on this machine."""
    if host in _EVERYWHERE or host in {"127.0.0.1", "::1"}:
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def announce(host: str, port: int, say: Printer, seconds: float = 60.0) -> None:
    """Print the address and how to sign in as soon as the server answers."""
    deadline = time.monotonic() + seconds
    while not _answers(host, port):
        if time.monotonic() > deadline:
            say("dev", f"The web server has not answered on port {port} for {seconds:g} s")
            return
        time.sleep(0.2)
    say("dev", "")
    say("dev", f"  Tamis is ready: {url(host, port)}")
    if Installation.load().demo:
        say("dev", "  Sign in with one click: choose a demonstration account on the page")
    else:
        say("dev", "  Sign in with your e-mail address and password")
    say("dev", "  Ctrl-C stops everything; nothing is lost")
    say("dev", "")


def _answers(host: str, port: int) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    link = http.client.HTTPConnection(target, port, timeout=10)
    with closing(link):
        try:
            # A static file: it proves that the application is up and leaves no line in the log.
            link.request("GET", "/static/css/tamis.css", headers={"Host": "localhost"})
            return link.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
