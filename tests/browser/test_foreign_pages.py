"""The tale on two foreign websites, one with hostile styles, one with the strictest policy, in three languages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor, sign_in
from tests.browser.foreign import HOSTILE_CSS, HOSTILE_SCRIPT, ForeignPage, strict_policy, website
from tests.browser.test_tale import ask
from tests.running import RunningServers

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


@dataclass(frozen=True)
class Words:
    """What is said in one language."""

    question: str
    article: str
    unknown: str
    person: str
    hello: str
    thanks: str
    comment: str
    nps: str


TALES = {
    "en": Words(
        "how do I return an item",
        "return-an-item",
        "what is the capital of France",
        "let me speak to a human",
        "Hello, I am looking into it.",
        "Thank you so much",
        "Quick and friendly",
        "recommend",
    ),
    "zh-Hans": Words(
        "怎么退货", "return-an-item", "帮我写一首诗", "转人工", "您好，我来帮您看看。", "谢谢你", "很快很好", "推荐"
    ),
    "zh-Hant": Words(
        "怎麼退貨", "return-an-item", "幫我寫一首詩", "轉接真人", "您好，我來幫您看看。", "謝謝你", "很快很好", "推薦"
    ),
}


@pytest.fixture(scope="module")
def foreign(servers: RunningServers) -> Iterator[dict[str, str]]:
    """Addresses of both websites, each with a page in every language."""
    strict = {f"/{each}": ForeignPage(each, policy=strict_policy(servers.address)) for each in TALES}
    hostile = {
        f"/{each}": ForeignPage(each, head=f"<style>{HOSTILE_CSS}</style>", before=f"<script>{HOSTILE_SCRIPT}</script>")
        for each in TALES
    }
    with website(strict, servers.address) as first, website(hostile, servers.address) as second:
        yield {"strict": first, "hostile": second}


@pytest.mark.parametrize("language", list(TALES))
@pytest.mark.parametrize("site", ["strict", "hostile"])
def test_the_tale_on_a_foreign_page(
    visit: Visit, servers: RunningServers, foreign: dict[str, str], site: str, language: str
) -> None:
    words = TALES[language]
    name = f"{site}-{language}"
    desk = sign_in(visit(f"agent-{name}"), servers, "agent", "/desk")
    customer = visit(f"foreign-{name}", address=foreign[site])
    page = customer.go(f"/{language}")
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message][data-author=bot]")).to_have_count(1)
    expect(page.locator("[data-role=privacy]")).to_be_visible()
    customer.picture("1-open")
    step_is_accessible(customer)

    answered(customer, servers, words, language)
    step_is_accessible(customer)

    honest = ask(page, words.unknown)
    expect(honest.locator("[data-role=source]")).to_have_count(0)
    step_is_accessible(customer)

    ask(page, words.person)
    expect(page.locator("[data-role=status]")).to_have_attribute("data-status", "queued")
    number = page.locator("[data-role=ticket-number]").last.inner_text()
    step_is_accessible(customer)

    served(page, desk, number, words)
    step_is_accessible(customer)
    rated(customer, desk, words)


def step_is_accessible(customer: Visitor) -> None:
    """What axe says of the chat at this step; what else stands on the page is not ours."""
    customer.check_accessibility("huilu-chat")


def answered(customer: Visitor, servers: RunningServers, words: Words, language: str) -> None:
    """A question gets its article, with steps as a list, and the rating of the answer stays visible."""
    page = customer.page
    answer = ask(page, words.question)
    expect(answer.locator("[data-role=source] a")).to_have_attribute(
        "href", f"{servers.address}/help/{words.article}?language={language}"
    )
    expect(answer.locator("ol li")).to_have_count(3)
    answer.locator("[data-role=helpful-yes]").click()
    expect(answer.locator("[data-role=helpful-yes]")).to_have_attribute("aria-pressed", "true")
    customer.picture("2-answer")


def served(page: Page, desk: Page, number: str, words: Words) -> None:
    """An agent takes the case, both write, and the case is resolved."""
    desk.locator(".row-link", has_text=number[number.index("T-") :]).click()
    desk.locator("form[action$='/take'] button").click()
    expect(page.locator("[data-role=status]")).to_have_attribute("data-status", "agent")
    desk.locator("#reply-text").fill(words.hello)
    desk.locator("#reply-text").press("Control+Enter")
    expect(page.locator("[data-role=message][data-author=agent]").last).to_contain_text(words.hello)
    page.locator("[data-role=input]").fill(words.thanks)
    page.locator("[data-role=send]").click()
    expect(desk.locator("#messages")).to_contain_text(words.thanks)
    desk.locator("#resolve summary").click()
    desk.locator("#category").select_option("delivery")
    desk.locator("#note").fill("Done.")
    desk.locator("#resolve button[type=submit]").click()


def rated(customer: Visitor, desk: Page, words: Words) -> None:
    """The satisfaction with the case is asked for once; a good rating is followed by the recommendation, skippable."""
    page = customer.page
    survey = page.locator("[data-role=survey][data-kind=csat]").last
    expect(survey).to_be_visible()
    step_is_accessible(customer)
    survey.locator("[data-score='5']").check(force=True)
    survey.locator("[data-role=survey-comment]").fill(words.comment)
    survey.locator("[data-role=survey-send]").click()
    expect(survey.locator("[data-role=survey-thanks]")).to_be_visible()
    recommend = page.locator("[data-role=survey][data-kind=nps]")
    expect(recommend).to_be_visible()
    expect(recommend).to_contain_text(words.nps)
    customer.picture("3-recommend")
    step_is_accessible(customer)
    recommend.locator("[data-role=survey-skip]").click()
    expect(recommend.locator("input[type=radio]")).to_have_count(0)
    desk.reload()
    expect(desk.locator("main")).to_contain_text(words.comment)
