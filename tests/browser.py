"""A real browser, driven through its own protocol: what a page shows, says and complains of."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.services import need

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--mute-audio")


class Tab:
    """One tab. `complaints` are its console's errors and warnings, `requests` the addresses it asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._events: list[str] = []

    async def send(self, method: str, **params: Any) -> Any:  # noqa: ANN401  # whatever the protocol says
        """Call a method of the protocol and return its result."""
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            told = await self._socket.receive_json(timeout=60)
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]
            self._note(told)

    def _note(self, told: dict[str, Any]) -> None:
        params = told.get("params", {})
        self._events.append(told.get("method", ""))
        match told.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in {"error", "warning", "assert"}:
                self.complaints.append(json.dumps(params["args"]))
            case "Log.entryAdded":
                self.complaints.append(json.dumps(params["entry"]))
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case _:
                pass

    async def value(self, expression: str) -> Any:  # noqa: ANN401  # JSON of any shape
        """Return the value of a JavaScript expression."""
        told = await self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def open(self, page: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a file and wait until it has been painted."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.send(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", features=[scheme])
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._events.clear()
        await self.send("Page.navigate", url=page.as_uri())
        while "Page.loadEventFired" not in self._events:
            self._note(await self._socket.receive_json(timeout=60))
        await self.value("new Promise(done=>requestAnimationFrame(()=>setTimeout(done)))")

    async def key(self, name: str) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            await self.send("Input.dispatchKeyEvent", type=kind, key=name)

    async def picture(self, *, whole: bool = True) -> bytes:
        """Return a PNG of the page, or of what the window shows."""
        told = await self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(told["data"])


@asynccontextmanager
async def tab(folder: Path) -> AsyncIterator[Tab]:
    """Start a browser with a profile in `folder`, and give its tab."""
    need("chromium", bool(CHROMIUM), "apt-get install chromium")
    profile = folder / "profile"
    process = subprocess.Popen(  # noqa: ASYNC220  # it is started once and not waited for
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port = await _port(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [each for each in await answer.json() if each["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Tab(socket)
    finally:
        process.terminate()
        process.wait(20)


async def _port(path: Path) -> int:
    for _ in range(300):
        port = _written(path)
        if port:
            return port
        await asyncio.sleep(0.1)
    message = "the browser did not say on which port it listens"
    raise TimeoutError(message)


def _written(path: Path) -> int:
    lines = path.read_text().split("\n") if path.exists() else []
    return int(lines[0]) if len(lines) > 1 else 0
