"""What `/health` and `/ready` say when the chosen encoder cannot be used."""

from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.settings import read_settings
from web.app import create_app


def app(home: Path, encoder: str) -> TestClient[Litestar]:
    settings = {"HUILU_HOME": str(home), "HUILU_ENCODER": encoder, "HUILU_SECRET": "secret for the tests"}
    return TestClient(create_app(read_settings(settings)))


def test_a_wrong_encoder_is_told_and_customers_are_served(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = tmp_path / "home"
    with app(home, "none") as client:
        assert client.get("/health").json()["components"]["knowledge_base"]["encoder"] == "none"
    missing = str(tmp_path / "missing")
    with app(home, missing) as client:
        # It is looked for beside the requests.
        encoder = client.app.state.services.encoder
        for _ in range(1000):
            if encoder.refused:
                break
            client.get("/ready")
        told = client.get("/health")
        component = told.json()["components"]["knowledge_base"]
        assert component["status"] == "ok"
        assert component["encoder"] == "none"
        assert component["encoder_refused"] == f"There is no folder {missing}."
        assert client.get("/ready").status_code == 200
        assert client.get("/chat").status_code == 200
    assert [record.getMessage() for record in caplog.records if missing in record.getMessage()] == [
        f"HUILU_ENCODER cannot be followed, and the encoder in use is: none. There is no folder {missing}."
    ]
