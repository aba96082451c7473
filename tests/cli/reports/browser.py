"""A headless Chromium, spoken to through a pipe: no port, no other program."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# seconds without a word, after which a test fails rather than waits
PATIENCE = 60


class Page:
    """One tab; `requests` are the addresses that it asked for."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._unread = b""
        self._number = 0
        self._session: str | None = None
        self._events: list[dict[str, Any]] = []

    def begin(self) -> None:
        """Open the tab."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def close(self) -> None:
        """Let go of the pipes."""
        os.close(self._from)
        os.close(self._to)

    def open(self, path: Path) -> None:
        """Load a file, and wait until its scripts ran."""
        self._events.clear()
        self._call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._read())

    def press(self, key: str) -> None:
        """Type one key."""
        text = {"text": key} if len(key) == 1 else {}
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of the page."""
        found = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    @property
    def requests(self) -> list[str]:
        return [
            event["params"]["request"]["url"]
            for event in self._events
            if event["method"] == "Network.requestWillBeSent"
        ]

    @property
    def complaints(self) -> list[str]:
        """What the browser logged: refused by the policy, or thrown by a script."""
        return [
            json.dumps(event["params"])
            for event in self._events
            if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown")
        ]

    def _call(self, method: str, **params: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                return answer["result"]
            self._events.append(answer)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], PATIENCE)
            assert ready, "the browser says nothing any more"
            data = os.read(self._from, 65536)
            assert data, "the browser ended"
            self._unread += data
        message, _, self._unread = self._unread.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def browser_page(profile: Path) -> Iterator[Page]:
    """A tab of a browser of its own, which ends with the block."""
    assert CHROMIUM is not None
    child_reads, we_write = os.pipe()
    we_read, child_writes = os.pipe()

    def place_pipes() -> None:
        # the browser reads from 3 and writes to 4; a pair above them is never overwritten
        reads, writes = os.dup(child_reads), os.dup(child_writes)
        os.dup2(reads, 3)
        os.dup2(writes, 4)

    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
    process = subprocess.Popen(
        [*command, f"--user-data-dir={profile}"],
        close_fds=False,
        preexec_fn=place_pipes,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(child_reads)
    os.close(child_writes)
    page = Page(we_write, we_read)
    try:
        page.begin()
        yield page
    finally:
        process.kill()
        process.wait()
        page.close()
