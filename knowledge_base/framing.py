"""Words that frame a question and are no part of it ("I just wanted to ask", "那個不好意思我想問一下"). Pure.

They would count as words that no article has, and make long, polite or spoken questions look far from every article.
"""

import re

from texts.language import fold

_CHINESE = (
    r"(?:我|就|只|是)*(?:想要?|要)(?:请)?(?:问|知道|了解|咨询|请教)(?:一下|下)?(?:就是)?|(?:请|问)+(?:一下|下)?(?=.)|请教(?:一下)?"
    r"|麻烦(?:问一下|您|你)?|不好意思|对了|那个|就是说?|的话|[您你]好|哈喽|嗨|到底|其实|然后|(?:行了|好了)+"
    r"|[啊呀啦喔哦嘛捏耶欸诶哎吧哇唉ㄇㄅㄋㄚㄟㄛㄏㄌ]|哈哈+|(?:小)?(?:同志|姐姐|小姐|亲)(?=[你您我啊,，])"
)
_ENGLISH = (
    r"\b(?:hi|hello|hey|hiya|haha+|lol|um+|uh+|erm?|okay|ok|so|well|please|pls|plz|sorry|thanks|thx|cheers)\b[ ,!.]*"
    r"|\bi (?:just |only )?(?:want|wanted|need|would like|'d like|d like) to (?:know|ask)(?: you)?\b"
    r"|\b(?:can|could|would) (?:you|u|someone|anybody|anyone) (?:please |maybe )?(?:tell|explain)(?: to)? me\b"
    r"|\b(?:do (?:you|u) know|i was wondering|just wondering|wondering|i mean|quick question|by the way|btw)\b"
    r"|\b(?:actually|at this point)\b"
)
# Numbers of orders, parcels and phones are in no article.
_NUMBER = (
    r"(?:订单号码?|订单编号|单号|\border (?:no\.?|number)?)?[ :：#]*(?<![a-z0-9])"
    r"(?:[a-z]{1,3}-?)?\d[\d-]{5,}(?![a-z0-9])"
)
_FRAME = re.compile(f"{_CHINESE}|{_ENGLISH}|{_NUMBER}")
_LEAST = 2


def without_frame(query: str) -> str:
    """The query in its folded form without framing words; the query itself when next to nothing would be left."""
    plain = fold(query)
    left = " ".join(_FRAME.sub(" ", plain).split())
    return left if len(re.sub(r"\W", "", left)) >= _LEAST else plain
