"""The whole tale in a browser, against the real servers: asked, answered, handed over, served, resolved, rated."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, Visitor, sign_in
from tests.running import RunningServers

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


@dataclass(frozen=True)
class Words:
    """What is said in one language of the tale."""

    question: str
    article: str
    title: str
    unknown: str
    person: str
    hello: str
    thanks: str
    note: str
    comment: str


TALES = {
    "en": Words(
        "where's my parcel",
        "track-a-parcel",
        "Help and support",
        "what is the capital of France",
        "let me speak to a human",
        "Hello, I am looking into it.",
        "Thank you, Mei",
        "Sent again by express.",
        "Quick and friendly",
    ),
    "zh-CN": Words(
        "怎么退货",
        "return-an-item",
        "",
        "帮我写一首诗",
        "转人工",
        "您好，我来帮您看看。",
        "谢谢你",
        "已补发。",
        "很快很好",
    ),
}


def ask(page: Page, words: str) -> Locator:
    """Write in the chat and wait for the bot's (or a person's) next message."""
    before = page.locator("[data-role=message]").count()
    page.locator("[data-role=input]").fill(words)
    page.locator("[data-role=input]").press("Enter")
    following = page.locator("[data-role=message]").nth(before + 1)
    expect(following).to_be_visible()
    return page.locator("[data-role=message]").last


@pytest.mark.parametrize("locale", list(TALES))
def test_the_tale(visit: Visit, servers: RunningServers, locale: str) -> None:
    words = TALES[locale]
    agent = visit(f"agent-{locale}")
    desk = sign_in(agent, servers, "agent", "/desk")

    customer = visit(f"customer-{locale}", locale)
    page = customer.go("/")
    customer.picture("1-shop")
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message][data-author=bot]")).to_have_count(1)
    customer.check_accessibility()

    answer = ask(page, words.question)
    expect(answer.locator("[data-role=source]")).to_contain_text("")
    expect(answer.locator("[data-role=source] a, a[data-role=source]").first).to_have_attribute(
        "href", f"{servers.address}/help/{words.article}?language={'zh-Hans' if locale == 'zh-CN' else 'en'}"
    )
    answer.locator("[data-role=helpful-yes]").click()
    expect(answer.locator("[data-role=helpful-yes]")).to_have_attribute("aria-pressed", "true")
    customer.picture("2-answer")
    customer.check_accessibility()

    honest = ask(page, words.unknown)
    expect(honest.locator("[data-role=source]")).to_have_count(0)
    expect(honest.locator("[data-role=person]")).to_be_visible()

    said = page.locator("[data-role=message]").count()
    ask(page, words.person)
    expect(page.locator("[data-role=status]")).to_have_attribute("data-status", "queued")
    number = page.locator("[data-role=ticket-number]").last.inner_text()
    customer.picture("3-queued")
    customer.check_accessibility()
    page.reload()
    expect(page.locator("[data-role=message]").nth(said)).to_be_attached()
    if not page.locator("[data-role=panel]").is_visible():
        page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=status]")).to_have_attribute("data-status", "queued")

    row = desk.locator(".row-link", has_text=number[number.index("T-") :])
    expect(row).to_be_visible()
    agent.picture("1-queue")
    row.click()
    expect(desk.locator("#messages")).to_contain_text(words.question)
    desk.locator("details.trail summary").first.click()
    expect(desk.locator("details.trail").first).to_contain_text("%")
    agent.check_accessibility()
    desk.locator("form[action$='/take'] button").click()
    expect(page.locator("[data-role=status]")).to_have_attribute("data-status", "agent")
    desk.locator("#reply-text").fill(words.hello)
    desk.locator("#reply-text").press("Control+Enter")
    expect(page.locator("[data-role=message][data-author=agent]").last).to_contain_text(words.hello)
    page.locator("[data-role=input]").fill(words.thanks)
    page.locator("[data-role=send]").click()
    expect(desk.locator("#messages")).to_contain_text(words.thanks)
    expect(page.locator("[data-role=message][data-author=bot]").last).not_to_contain_text(words.thanks)
    customer.picture("4-with-agent")
    agent.picture("2-case")
    agent.check_accessibility()

    desk.locator("#resolve summary").click()
    desk.locator("#category").select_option("delivery")
    desk.locator("#note").fill(words.note)
    agent.picture("3-resolve")
    desk.locator("#resolve button[type=submit]").click()
    survey = page.locator("[data-role=survey]").last
    expect(survey).to_be_visible()
    customer.check_accessibility()
    survey.locator("[data-score='5']").check(force=True)
    survey.locator("[data-role=survey-comment]").fill(words.comment)
    survey.locator("[data-role=survey-send]").click()
    expect(page.locator("[data-role=survey-thanks]").last).to_be_visible()
    customer.picture("5-rated")
    desk.reload()
    expect(desk.locator("main")).to_contain_text(words.comment)
    expect(desk.locator("main")).to_contain_text(words.note)
    answer_again = ask(page, words.question)
    expect(answer_again.locator("[data-role=source]")).to_have_count(1)


def test_an_editor_changes_an_article_and_the_next_customer_gets_the_new_words(
    visit: Visit, servers: RunningServers
) -> None:
    editor = visit("editor")
    page = sign_in(editor, servers, "editor", "/editor")
    editor.picture("1-list")
    editor.check_accessibility()
    page.locator("main input[type=search]").first.fill("coupon")
    page.locator("main a[href*=coupon]").first.click()
    expect(page.locator("#article-form")).to_be_visible()
    answer = page.locator("#answer")
    old = answer.input_value()
    new_words = "Coupons can be used until the 31st of the month after next."
    answer.fill(f"{old}\n{new_words} <b>bold</b>")
    expect(page.locator("#preview")).to_contain_text(f"{new_words} <b>bold</b>")
    page.locator("#reason").fill("New dates")
    editor.picture("2-article")
    editor.check_accessibility()
    page.locator("button[name=state][value=published]").click()
    expect(page.locator("#answer")).to_have_value(f"{old}\n{new_words} <b>bold</b>")
    page.locator("#try-question").fill("how can I use a coupon")
    page.locator(".editor-try button[type=submit]").click()
    expect(page.locator("#tried")).to_contain_text("%")
    editor.picture("3-tried")
    editor.check_accessibility()

    customer = visit("next-customer")
    chat = customer.go("/chat")
    expect(chat.locator("[data-role=message]")).to_have_count(1)
    expect(ask(chat, "how can I use a coupon")).to_contain_text(f"{new_words} <b>bold</b>")

    page.goto(page.url)
    answer.fill(old)
    page.locator("button[name=state][value=published]").click()
    expect(page.locator("#answer")).to_have_value(old)


def test_the_chat_holds_at_the_width_of_a_phone(visit: Visit) -> None:
    customer = visit("phone", "zh-TW", NARROW)
    page = customer.go("/chat")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    answer = ask(page, "退款多久到帳？")
    expect(answer.locator("[data-role=source]").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    customer.picture("answer")
    customer.check_accessibility()


def test_the_customer_can_switch_the_language_of_the_chat(visit: Visit) -> None:
    customer = visit("switching", "en")
    page = customer.go("/chat")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    page.locator("[data-role=language]").select_option("zh-Hant")
    expect(page.locator("huilu-chat")).to_be_visible()
    expect(page.locator("[data-role=status] [data-role=person]")).to_contain_text("真人")


def test_when_the_customer_starts_anew_the_agent_sees_that_the_chat_has_ended(
    visit: Visit, servers: RunningServers
) -> None:
    desk = sign_in(visit("agent-left"), servers, "agent", "/desk")
    customer = visit("leaving")
    page = customer.go("/chat")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    ask(page, "let me speak to a human")
    number = page.locator("[data-role=ticket-number]").last.inner_text()
    desk.locator(".row-link", has_text=number[number.index("T-") :]).click()
    desk.locator("form[action$='/take'] button").click()
    expect(page.locator("[data-role=status]")).to_have_attribute("data-status", "agent")
    expect(desk.locator("#reply-text")).to_be_visible()
    page.locator("[data-role=menu]").click()
    page.locator("[data-role=menu-restart]").click()
    page.locator("[data-role=confirm]").click()
    expect(page.locator("[data-role=status]")).to_have_attribute("data-status", "bot")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    expect(desk.locator("#reply-text")).to_have_count(0)
    expect(desk.locator("#case-actions")).to_contain_text("ended")
