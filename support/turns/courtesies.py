"""Thanks, greetings and farewells by their words: used only while the dialogue server cannot tell. Pure."""

import re

_KINDS = {
    "thanks": (
        r"thanks?(?: you| a lot| so much)?|thx|cheers"
        r"|(?:非常|太|多)?(?:谢谢|謝謝|感谢|感謝|多谢|多謝)(?:你|您|了|啦)*"
    ),
    "greeting": (
        r"hi|hello|hey|good (?:morning|afternoon|evening)"
        r"|你好|您好|哈[喽囉]|嗨|在[吗嗎]|早上好|早安|午安|晚上好|晚安"
    ),
    "farewell": r"bye(?:[- ]?bye)?|goodbye|see you|再见|再見|拜拜|掰掰",
    "no": r"no|nope|no thanks?(?: you)?|不用了?|不需要|没有了?|沒有了?|不了",
    "yes": r"yes|ok(?:ay)?|sure|好的?|可以|行|嗯+",
}
_WHOLE = {kind: re.compile(rf"(?:{words})", re.IGNORECASE) for kind, words in _KINDS.items()}
_MARKS = re.compile(r"[\s,.!?~;:，。！？～；：、]+")


def courtesy(text: str) -> str | None:
    """What a text amounts to that is nothing but one courtesy: thanks, greeting, farewell, no or yes; else None.

    Of several in a row ("thanks, bye") the last counts.
    """
    words = [word for word in _MARKS.split(text) if word]
    whole = " ".join(words)
    kind = _kind(whole)
    if kind is not None:
        return kind
    kinds = [_kind(word) for word in words]
    return kinds[-1] if kinds and all(kinds) else None


def _kind(words: str) -> str | None:
    return next((kind for kind, pattern in _WHOLE.items() if pattern.fullmatch(words)), None)
