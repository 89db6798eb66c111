"""Websites of other companies, on ports of their own: one with hostile styles, one with the strictest policy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What ruins a chat that is not in a shadow root, and much that reaches into one.
HOSTILE_CSS = """
* { all: unset !important; display: inline !important; color: magenta !important;
    font: italic 40px/0.5 cursive !important; letter-spacing: 1em !important; text-transform: uppercase !important;
    position: static !important; visibility: hidden !important; pointer-events: none !important;
    z-index: -1 !important; direction: rtl !important; transform: rotate(180deg) scale(.1) !important;
    filter: invert(1) !important; background: yellow !important; opacity: .1 !important; }
html, body, main, main * { visibility: visible !important; display: block !important; direction: ltr !important;
    font: 16px/1.5 sans-serif !important; letter-spacing: 0 !important; color: #111 !important;
    transform: none !important; filter: none !important; opacity: 1 !important; background: #fff !important; }
"""
# A page that breaks what scripts take for granted, and stops every key.
HOSTILE_SCRIPT = """
Array.prototype.extra = () => {};
document.addEventListener("keydown", (event) => { event.preventDefault(); event.stopPropagation(); });
window.onerror = () => true;
"""


@dataclass(frozen=True)
class ForeignPage:
    """What a page of another website consists of."""

    language: str
    policy: str = ""
    head: str = ""
    before: str = ""
    attributes: str = ""


def strict_policy(address: str) -> str:
    """Nothing is allowed but our script and our API; and no text may become markup."""
    return f"default-src 'none'; script-src {address}; connect-src {address}; require-trusted-types-for 'script'"


def page_html(page: ForeignPage, address: str) -> str:
    """The page with our one line in it."""
    return f"""<!doctype html><html lang="{page.language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Garden tools</title>{page.head}</head>
<body><main><h1>Garden tools</h1><p>Spades, rakes and watering cans.</p><p><a href="#more">More</a></p></main>
{page.before}<script async src="{address}/widget.js"{page.attributes}></script></body></html>"""


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, pages: dict[str, ForeignPage], address: str, *rest: object) -> None:
        self.pages = pages
        self.chat = address
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        page = self.pages.get(self.path.partition("?")[0])
        if page is None:
            # Browsers ask for an icon by themselves.
            self.send_response(204 if self.path == "/favicon.ico" else 404)
            self.end_headers()
            return
        body = page_html(page, self.chat).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if page.policy:
            self.send_header("Content-Security-Policy", page.policy)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def website(pages: dict[str, ForeignPage], chat: str) -> Iterator[str]:
    """Serve a website on a port of its own; yields its address.

    Args:
        pages: By path.
        chat: The address of the chat's server.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, pages, chat))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
