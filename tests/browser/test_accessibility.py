"""The chat for everyone: by screen reader, by keyboard, on the narrowest screen, in the dark, without motion."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.test_tale import ask

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
NARROWEST = {"width": 320, "height": 640}
QUESTION, UNSURE, UNKNOWN = "how do I return an item", "battery", "what is the capital of France"


def read_out(page: Page) -> list[tuple[str, str]]:
    """What a screen reader comes by, in its order: role and name of all that the browser's accessibility tree holds."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}
    told: list[tuple[str, str]] = []

    def walk(node_id: str) -> None:
        node = by_id[node_id]
        if not node.get("ignored"):
            told.append((str(node["role"]["value"]), str(node.get("name", {}).get("value", ""))))
        for child in node.get("childIds", []):
            if child in by_id:
                walk(child)

    walk(nodes[0]["nodeId"])
    return told


def order_of(told: list[tuple[str, str]], *wanted: tuple[str, str]) -> list[int]:
    """Where each is first come by after the one before; the name may be longer than asked for."""
    places: list[int] = []
    for role, name in wanted:
        start = places[-1] + 1 if places else 0
        found = next((at for at in range(start, len(told)) if told[at][0] == role and name in told[at][1]), None)
        assert found is not None, (
            f"{role} {name!r} does not come after {told[start - 1] if places else 'the beginning'}"
        )
        places.append(found)
    return places


def open_chat(visitor: Visitor, path: str = "/") -> Page:
    page = visitor.go(path)
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    return page


def test_a_screen_reader_comes_by_everything_in_the_order_in_which_it_is_used(visit: Visit) -> None:
    page = open_chat(visit("read-out"))
    ask(page, QUESTION)
    told = read_out(page)
    order_of(
        told,
        ("dialog", "Help and support"),
        ("heading", "Help and support"),
        ("combobox", "Language"),
        ("button", "More options"),
        ("button", "Close the chat"),
        ("button", "Talk to a person"),
        ("log", "Conversation"),
        ("StaticText", "I am an automated assistant"),
        ("StaticText", "We keep this conversation"),
        ("StaticText", "Hello! I am the shop's assistant, a bot."),
        ("StaticText", "You"),
        ("StaticText", QUESTION),
        ("StaticText", "Automated assistant"),
        ("list", ""),
        ("listitem", ""),
        ("link", "Source: How do I return an item? (opens in a new tab)"),
        ("group", "Did this help?"),
        ("button", "Yes"),
        ("button", "No"),
        ("button", "Send a picture or file"),
        ("textbox", "Your message"),
        ("button", "Send"),
    )


def test_ratings_are_read_out_as_one_labelled_group_of_choices_with_words(visit: Visit) -> None:
    page = open_chat(visit("read-rating"))
    ask(page, QUESTION)
    page.locator("[data-role=menu]").click()
    page.locator("[data-role=menu-rate]").click()
    told = read_out(page)
    order_of(
        told,
        ("radiogroup", "How satisfied are you with our help?"),
        ("radio", "5 – Very satisfied"),
        ("radio", "1 – Very dissatisfied"),
        ("textbox", "Anything to add?"),
        ("button", "Send rating"),
        ("button", "Skip"),
    )
    page.locator("[data-score='1']").check()
    order_of(
        read_out(page), ("radio", "1 – Very dissatisfied"), ("group", "What went wrong?"), ("checkbox", "too long")
    )


def test_everything_can_be_done_by_keyboard_alone(visit: Visit) -> None:
    visitor = visit("keyboard")
    page = visitor.go("/")
    page.locator("[data-role=launcher]").wait_for()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("[data-role=launcher]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=input]")).to_be_focused()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    page.keyboard.type(UNSURE)
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=choice]").first).to_be_visible()
    expect(page.locator("[data-role=input]")).to_be_focused()
    back_to(page, "choice")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("[data-role=choice]").nth(-2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=source]")).to_be_visible()
    expect(page.locator("[data-role=choice]").nth(-2)).to_be_focused()
    page.locator("[data-role=input]").focus()
    back_to(page, "helpful-no")
    page.keyboard.press("Space")
    expect(page.locator("[data-role=helpful-no]")).to_have_attribute("aria-pressed", "true")
    back_to(page, "menu")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("[data-role=menu-rate]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-score='5']")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-score='4']")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=survey-thanks]")).to_contain_text("4")
    page.keyboard.press("Escape")
    expect(page.locator("[data-role=panel]")).to_be_hidden()
    expect(page.locator("[data-role=launcher]")).to_be_focused()


def back_to(page: Page, role: str) -> None:
    """Shift+Tab until the keyboard is there."""
    for _ in range(40):
        if page.evaluate("document.querySelector('huilu-chat').shadowRoot.activeElement?.dataset.role") == role:
            return
        page.keyboard.press("Shift+Tab")
    pytest.fail(f"{role} cannot be reached by keyboard")


def test_a_new_message_never_moves_the_keyboard_and_is_announced_as_an_addition(visit: Visit) -> None:
    page = open_chat(visit("focus"))
    page.locator("[data-role=input]").fill(QUESTION)
    page.locator("[data-role=input]").press("Enter")
    page.locator("[data-role=language]").focus()
    expect(page.locator("[data-role=source]")).to_be_visible()
    expect(page.locator("[data-role=language]")).to_be_focused()
    log = page.locator("[data-role=log]")
    assert log.get_attribute("role") == "log" and log.get_attribute("aria-label") == "Conversation"
    expect(log).to_have_attribute("aria-live", "polite")


def test_the_choice_taken_is_announced_and_the_others_stay_readable_but_do_nothing(visit: Visit) -> None:
    visitor = visit("choices")
    page = open_chat(visitor)
    ask(page, UNSURE)
    choices = page.locator("[data-role=choice]")
    title = choices.first.inner_text()
    choices.first.click()
    expect(page.locator("[data-role=announcement]")).to_contain_text(title)
    expect(page.locator("[data-role=source]")).to_be_visible()
    said = page.locator("[data-role=message]").count()
    expect(choices.nth(1)).to_have_attribute("aria-disabled", "true")
    choices.nth(1).click(force=True)
    expect(choices.first).to_have_attribute("aria-current", "true")
    visitor.check_accessibility()
    assert page.locator("[data-role=message]").count() == said


def test_each_message_bears_its_language(visit: Visit) -> None:
    page = open_chat(visit("languages"))
    ask(page, QUESTION)
    ask(page, "怎么退货")
    languages = page.locator("[data-role=message] [data-role=text]").evaluate_all("all => all.map(each => each.lang)")
    assert languages == ["en", "en", "en", "zh-Hans", "zh-Hans"]


def test_on_the_narrowest_screen_nothing_is_cut_off_and_every_target_is_large_enough(visit: Visit) -> None:
    visitor = visit("narrowest", size=NARROWEST)
    page = open_chat(visitor)
    ask(page, QUESTION)
    ask(page, UNSURE)
    ask(page, UNKNOWN)
    page.locator("[data-role=menu]").click()
    visitor.picture("menu")
    page.locator("[data-role=menu-rate]").click()
    visitor.picture("rating")
    wide = """() => {
        const all = [...document.querySelector("huilu-chat").shadowRoot.querySelectorAll("*")];
        const box = (each) => each.getBoundingClientRect();
        return all.filter((each) => box(each).width && (box(each).right > innerWidth + 1 || box(each).left < -1)
            && !each.closest(".unseen")).map((each) => each.outerHTML.slice(0, 80));
    }"""
    assert page.evaluate(wide) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST["width"]
    small = """() => [...document.querySelector("huilu-chat").shadowRoot
        .querySelectorAll("button, a, select, textarea, label:has(input)")]
        .filter((each) => each.getClientRects().length && !each.closest("p, li"))
        .map((each) => [each.outerHTML.slice(0, 60), each.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24)"""
    assert page.evaluate(small) == []
    visitor.check_accessibility()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dark_and_light_are_readable_at_every_step(visit: Visit, scheme: str) -> None:
    visitor = visit(f"scheme-{scheme}", color_scheme=scheme)
    page = open_chat(visitor)
    visitor.check_accessibility("huilu-chat")
    ask(page, QUESTION)
    ask(page, UNSURE)
    ask(page, UNKNOWN)
    visitor.picture("said")
    visitor.check_accessibility("huilu-chat")
    page.locator("[data-role=menu]").click()
    visitor.check_accessibility("huilu-chat")
    page.locator("[data-role=menu-forget]").click()
    visitor.check_accessibility("huilu-chat")
    page.locator("[data-role=cancel]").click()
    ask(page, "let me speak to a human")
    visitor.picture("queued")
    visitor.check_accessibility("huilu-chat")


def test_whoever_wants_no_motion_sees_none(visit: Visit) -> None:
    page = open_chat(visit("still", reduced_motion="reduce"))
    # A quick answer would end the notice before it is looked at.
    page.route("**/messages", lambda route: None)
    page.locator("[data-role=input]").fill(QUESTION)
    page.locator("[data-role=input]").press("Enter")
    expect(page.locator("[data-role=typing]")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0
    moving = "document.querySelector('huilu-chat').shadowRoot.getAnimations().length"
    assert page.evaluate(moving) == 0


def test_on_a_phone_the_chat_covers_the_page_keeps_the_keyboard_inside_and_escape_leads_back(visit: Visit) -> None:
    page = open_chat(visit("modal", size=NARROWEST))
    panel = page.locator("[data-role=panel]")
    expect(panel).to_have_attribute("aria-modal", "true")
    page.locator("[data-role=send]").focus()
    page.keyboard.press("Tab")
    inside = "document.querySelector('huilu-chat').shadowRoot.activeElement?.dataset.role"
    assert page.evaluate(inside) == "language"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(inside) == "send"
    page.keyboard.press("Escape")
    expect(page.locator("[data-role=launcher]")).to_be_focused()
