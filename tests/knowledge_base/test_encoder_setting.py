"""What can be set about encoders."""

import pytest

from knowledge_base.encoder_setting import EncoderSetting, EncoderUnusable
from storage.settings import read_settings

pytestmark = pytest.mark.fast
MODEL, OTHER = "BAAI/bge-base-zh-v1.5", "/srv/my models/one=two, three"


@pytest.mark.parametrize(
    ("text", "english", "simplified", "traditional"),
    [
        ("", "built-in", "built-in", "built-in"),
        ("  ", "built-in", "built-in", "built-in"),
        ("none", "none", "none", "none"),
        (MODEL, MODEL, MODEL, MODEL),
        (OTHER, OTHER, OTHER, OTHER),
        (f"zh={MODEL}", "built-in", MODEL, MODEL),
        (f" zh = {MODEL} ; en= none ;", "none", MODEL, MODEL),
        (f"en={OTHER};zh=built-in", OTHER, "built-in", "built-in"),
        ("zh-Hans=a;zh-Hant=b", "built-in", "a", "b"),
        ("zh-Hant=b", "built-in", "built-in", "b"),
    ],
)
def test_the_forms_of_the_setting(text: str, english: str, simplified: str, traditional: str) -> None:
    assert EncoderSetting(text).sources() == {"en": english, "zh-Hans": simplified, "zh-Hant": traditional}


@pytest.mark.parametrize("text", ["fr=a", "en=a;b", "en=a;en=b", "zh=a;zh-Hans=b", "en=a;zh_Hans=b"])
def test_a_setting_that_cannot_be_understood_says_what_can(text: str) -> None:
    with pytest.raises(EncoderUnusable, match=r"HUILU_ENCODER: .*en, zh, zh-Hans, zh-Hant"):
        EncoderSetting(text).sources()


def test_prompts_keep_the_space_at_their_end() -> None:
    setting = EncoderSetting("a", "query: ", "zh=文章：;en=")
    assert setting.query_prompts() == {"en": "query: ", "zh-Hans": "query: ", "zh-Hant": "query: "}
    assert setting.document_prompts() == {"zh-Hans": "文章：", "zh-Hant": "文章：", "en": ""}
    with pytest.raises(EncoderUnusable, match="HUILU_ENCODER_QUERY_PROMPT"):
        EncoderSetting("a", "zh=a;fr=b").query_prompts()


def test_the_settings_are_read_from_the_environment() -> None:
    environment = {
        "HUILU_SECRET": "x",
        "HUILU_ENCODER": "zh=a",
        "HUILU_ENCODER_QUERY_PROMPT": "query: ",
        "HUILU_ENCODER_DOCUMENT_PROMPT": "",
    }
    assert EncoderSetting.of(read_settings(environment)) == EncoderSetting("zh=a", "query: ", "")
    assert EncoderSetting.of(read_settings({"HUILU_SECRET": "x"})) == EncoderSetting()
