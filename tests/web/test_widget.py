"""What a website loads: one small script and the words of one language."""

import argparse
import json
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from benchmarks import widget as size
from storage.settings import read_settings
from texts.catalogue import LANGUAGES
from web.app import create_app
from web.pages.widget import FOLDER, widget_script, widget_texts

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    home = str(tmp_path_factory.mktemp("widget"))
    settings = {"HUILU_HOME": home, "HUILU_SECRET": "secret-of-the-tests", "HUILU_ENCODER": "none"}
    with TestClient(create_app(read_settings(settings))) as running:
        yield running


def test_a_visit_loads_less_than_20_kilobytes() -> None:
    assert size.measure(argparse.Namespace())["visit_gzipped"] < 20_000


def test_the_script_brings_its_own_styles_and_settings_and_nothing_from_elsewhere() -> None:
    source = widget_script().source
    assert "adoptedStyleSheets" in source
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "import("):
        assert name not in source
    assert widget_script(True).source != source, "consent is asked for where it is set"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_language_may_be_kept_as_long_as_they_are_these(
    client: TestClient[Litestar], language: str
) -> None:
    version = widget_texts(language).etag.strip('"')
    named = client.get(f"/widget/{language}?v={version}")
    assert "immutable" in named.headers["cache-control"]
    assert named.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "immutable" not in client.get(f"/widget/{language}?v=other").headers["cache-control"]
    assert version in widget_script().source
    again = client.get(f"/widget/{language}", headers={"If-None-Match": widget_texts(language).etag})
    assert again.status_code == 304


def test_words_of_an_unknown_language_are_not_found(client: TestClient[Litestar]) -> None:
    assert client.get("/widget/fr").status_code == 404


def test_every_part_of_the_chat_is_in_the_script() -> None:
    parts = (FOLDER / "parts.json").read_text()
    assert {path.name for path in FOLDER.glob("*.js")} == set(json.loads(parts))
