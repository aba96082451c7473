"""Where run events go: a file, or an address that takes them by HTTP."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

ADDRESS = "OPENLINEAGE_URL"
KEY = "OPENLINEAGE_API_KEY"

# where receivers listen by convention when an address names only a host
_ENDPOINT = "/api/v1/lineage"

# how long one event may take, and how long the last ones are waited for, in seconds
TIMEOUT = 3.0
PATIENCE = 6.0

Warn = Callable[[str], None]
Event = dict[str, Any]


@contextmanager
def event_sink(
    wanted: str | None, environ: Mapping[str, str], base: Path, warn: Warn
) -> Iterator[Callable[[Event], None] | None]:
    """Takes events while the block runs; None when nobody asked for them.

    `wanted` is a file, relative to `base`, or an address; without it the environment's
    address counts. What goes wrong is told once in a sentence, and never raised.
    """
    place = wanted or environ.get(ADDRESS)
    if not place:
        yield None
    elif place.startswith(("http://", "https://")):
        sender = _Sender(place, environ.get(KEY), warn)
        try:
            yield sender.put
        finally:
            sender.close()
    else:
        with _opened(base / place, warn) as write:
            yield write


@contextmanager
def _opened(path: Path, warn: Warn) -> Iterator[Callable[[Event], None]]:
    def fail(error: OSError) -> None:
        reason = (error.strerror or str(error)).lower()
        warn(f"run events cannot be written to `{path}`: {reason}")

    file: IO[str] | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        fail(error)

    def write(event: Event) -> None:
        nonlocal file
        if file is None:
            return
        try:
            # a line is whole at once, so that whoever follows the file reads no half
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
            file.flush()
        except OSError as error:
            fail(error)
            file = None

    try:
        yield write
    finally:
        if file is not None:
            file.close()


class _NoRedirect(HTTPRedirectHandler):
    """The key is for the address that was given, and for no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class _Sender:
    """Posts events in order from a thread, so that the work never waits for the receiver."""

    def __init__(self, address: str, key: str | None, warn: Warn) -> None:
        self._url, self._shown = _endpoint(address)
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._opener = build_opener(_NoRedirect(), ProxyHandler())
        self._warn = warn
        self._problem = "" if self._url else "that is no valid address"
        self._stop = threading.Event()
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="hansa-events", daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        self._queue.put(event)

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._stop.set()
            self._problem = self._problem or f"it took longer than {PATIENCE:g} seconds"
        if self._problem:
            self._warn(f"run events did not all reach `{self._shown}`: {self._problem}")

    def _work(self) -> None:
        while (event := self._queue.get()) is not None:
            # after the first failure the rest would only cost time
            if not self._problem and not self._stop.is_set():
                self._post(event)

    def _post(self, event: Event) -> None:
        data = json.dumps(event, ensure_ascii=False).encode()
        try:
            request = Request(self._url, data, self._headers, method="POST")
            with self._opener.open(request, timeout=TIMEOUT):
                pass
        except HTTPError as error:
            with error:
                self._problem = f"it answered {error.code}"
        except (URLError, HTTPException, OSError, ValueError) as error:
            self._problem = _worded(error)


def _endpoint(address: str) -> tuple[str, str]:
    """Where to post to, and how messages call it: without queries and users, as in secrets."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host:
        return "", "the given address"
    netloc = parts.netloc.rpartition("@")[2]
    path = parts.path if parts.path.strip("/") else _ENDPOINT
    return (
        urlunsplit((parts.scheme, netloc, path, parts.query, "")),
        urlunsplit((parts.scheme, netloc, path, "", "")),
    )


def _worded(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return f"it did not answer within {TIMEOUT:g} seconds"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    # what else it says may hold the address with its secrets
    return f"the connection failed ({type(reason).__name__})"
