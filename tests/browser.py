"""Drives a real Chromium over its DevTools protocol, to see a page as its reader does."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_SECONDS = 60
_KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    " ": (32, " "),
    "Escape": (27, ""),
    "ArrowDown": (40, ""),
    "End": (35, ""),
    "Home": (36, ""),
}
# What a page should never cause: each is an event of the protocol.
_TROUBLE = {
    "Runtime.exceptionThrown": lambda it: it["exceptionDetails"]["exception"]["description"],
    "Log.entryAdded": lambda it: it["entry"]["text"],
    "Runtime.consoleAPICalled": lambda it: str(it["args"]),
    "Page.javascriptDialogOpening": lambda it: f"dialog: {it['message']}",
}


@dataclass
class Tab:
    """One open page."""

    browser: Browser
    session: str
    trouble: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol and return its result."""
        return self.browser.call(method, self.session, **parameters)

    def evaluate(self, expression: str) -> Any:
        """Return what a JavaScript expression is, waiting for it if it is a promise."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"]["exception"]["description"])
        return result["result"].get("value")

    def open(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""
        self.call("Page.navigate", url=address)
        self.browser.wait_for("Page.loadEventFired", self.session)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key as a person does."""
        code, text = _KEYS[key]
        stroke = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 * shift}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **stroke)
        self.call("Input.dispatchKeyEvent", type="keyUp", **stroke)

    def write(self, text: str) -> None:
        """Write into what has the focus."""
        self.call("Input.insertText", text=text)

    def until(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        self.evaluate(
            "new Promise((done) => { const look = () =>"
            f" ({expression}) ? done() : requestAnimationFrame(look); look(); }})"
        )

    def screenshot(self, path: Path, *, whole: bool = False) -> Path:
        """Save a picture of the window, or of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def pdf(self, path: Path) -> Path:
        """Print the page on A4."""
        paper = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True}
        printed = self.call("Page.printToPDF", **paper)
        path.write_bytes(base64.b64decode(printed["data"]))
        return path


class Browser:
    """A running Chromium."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._last = 0
        self._tabs: dict[str, Tab] = {}
        self._seen: list[tuple[str, str | None]] = []

    def tab(
        self,
        width: int = 1280,
        height: int = 800,
        *,
        phone: bool = False,
        scheme: str = "light",
        scripts: bool = True,
    ) -> Tab:
        """Open an empty tab with a window of `width` by `height` pixels."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        tab = Tab(self, attached["sessionId"])
        self._tabs[tab.session] = tab
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        tab.call("Emulation.setDeviceMetricsOverride", **size)
        wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        tab.call("Emulation.setEmulatedMedia", features=features)
        tab.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        return tab

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call a method, of a tab's session or of the browser, and return its result."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        self._connection.send(
            json.dumps({**message, **({"sessionId": session} if session else {})})
        )
        while (told := self._next()).get("id") != self._last:
            pass
        if "error" in told:
            raise AssertionError(f"{method}: {told['error']}")
        return told["result"]

    def wait_for(self, event: str, session: str) -> None:
        """Wait until an event has come that nobody has waited for yet."""
        while (event, session) not in self._seen:
            self._next()
        self._seen.clear()

    def _next(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._connection.recv(timeout=_SECONDS))
        event, session = told.get("method", ""), told.get("sessionId")
        if event:
            self._seen.append((event, session))
        if tab := self._tabs.get(session or ""):
            if event in _TROUBLE:
                tab.trouble.append(_TROUBLE[event](told["params"]))
            if event == "Network.requestWillBeSent":
                tab.requests.append(told["params"]["request"]["url"])
        return told


@contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """Run a headless Chromium whose profile lies in `folder`, and that reaches no network."""
    command = [
        str(CHROMIUM),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            with connect(_address(process), max_size=None, compression=None) as connection:
                yield Browser(connection)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    for line in process.stderr:
        if found := re.search(r"ws://\S+", line):
            return found[0]
    raise AssertionError("Chromium ended before it listened.")
