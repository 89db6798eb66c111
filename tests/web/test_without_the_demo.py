"""An installation of a company of its own: nothing of the demo shows."""

from pathlib import Path

from litestar.testing import TestClient

from storage.settings import read_settings
from web.app import create_app


def test_nothing_of_the_demo_shop_shows_without_the_demo(tmp_path: Path) -> None:
    chosen = read_settings({"HUILU_HOME": str(tmp_path / "home"), "HUILU_ENCODER": "none"})
    with TestClient(create_app(chosen)) as client:
        shown = client.get("/")
        assert shown.url.path == "/chat"
        assert "Lanting" not in shown.text
        assert client.get("/help/return-an-item").status_code == 404
    assert not (tmp_path / "home" / "demo-sign-ins.txt").exists()
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0
