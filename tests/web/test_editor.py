"""The editor's pages and the staff API about articles, over the whole app."""

import json
from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from knowledge_base.articles.rules import MAX_RELATED
from tests.web.editor_fixtures import ARTICLES, REFUND, Editor, fields_on, fill, make_app
from web.editor import labels
from web.staff_access import COOKIE


@pytest.fixture
def tokens(running: TestClient) -> dict[str, str]:
    return fill(running.app.state.services)


@pytest.fixture
def running(tmp_path) -> Iterator[TestClient]:
    with TestClient(make_app(tmp_path)) as client:
        yield client


@pytest.fixture
def editor(running: TestClient, tokens: dict[str, str]) -> Editor:
    running.cookies.set(COOKIE, tokens["editor"])
    someone = Editor(running)
    someone.page("/editor")
    return someone


def as_role(editor: Editor, token: str) -> None:
    editor.client.cookies.set(COOKIE, token)


class TestAccess:
    @pytest.mark.parametrize("address", ["/editor", "/editor/articles/new", "/editor/export", "/editor/try?q=refund"])
    def test_an_agent_may_not_edit(self, editor: Editor, tokens: dict[str, str], address: str) -> None:
        as_role(editor, tokens["agent"])
        assert editor.page(address, part="articles").status_code == 403

    def test_an_agent_may_not_save(self, editor: Editor, tokens: dict[str, str]) -> None:
        form = editor.form("refund-time")
        as_role(editor, tokens["agent"])
        assert editor.send("/editor/articles/refund-time", form | {"answer": "no"}).status_code == 403
        assert "three days" in editor.finds("when do I get my money back")

    def test_whoever_is_not_signed_in_goes_to_the_sign_in_page(self, editor: Editor) -> None:
        editor.client.cookies.delete(COOKIE)
        answer = editor.client.get("/editor", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (302, "/sign-in?next=/editor")

    def test_a_form_without_the_pages_token_is_refused(self, editor: Editor) -> None:
        form = editor.form("refund-time")
        answer = editor.client.post("/editor/articles/refund-time", data=form, headers={"HX-Request": "true"})
        assert answer.status_code == 403


class TestList:
    def test_articles_are_grouped_by_name_with_their_languages(self, editor: Editor) -> None:
        shown = editor.page("/editor").text
        assert shown.count("editor-row-title") == 2
        assert shown.count("editor-state-missing") == 3
        assert "2 articles" in shown

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("text=退款", ["refund-time"]),
            ("text=什么时候", ["refund-time"]),
            ("text=money+refund", ["refund-time"]),
            ("text=100%25", []),
            ("category=contact", ["stores"]),
            ("in=zh-Hans", ["refund-time"]),
            ("in=zh-Hans&state=missing", ["stores"]),
            ("state=missing", ["refund-time", "stores"]),
            ("state=draft", []),
        ],
    )
    def test_search_and_filters(self, editor: Editor, query: str, found: list[str]) -> None:
        shown = editor.page(f"/editor?{query}", part="articles").text
        assert "<html" not in shown
        assert sorted(key for key in ("refund-time", "stores") if f"<code>{key}</code>" in shown) == found

    def test_two_thousand_articles_are_shown_in_pages(self, editor: Editor) -> None:
        lines = [REFUND | {"id": f"many-{number}"} for number in range(2_000)]
        upload(editor, "\n".join(json.dumps(line) for line in lines))
        first, last = (
            editor.page("/editor", part="articles").text,
            editor.page("/editor?page=999", part="articles").text,
        )
        assert "2002 articles · page 1 of 81" in first
        assert 'rel="next"' in first and 'rel="prev"' not in first
        assert 'rel="prev"' in last and 'rel="next"' not in last

    def test_markup_in_an_article_is_shown_as_words(self, editor: Editor) -> None:
        form = editor.form("stores") | {"question": "<script>alert(1)</script>?", "state": "published"}
        assert editor.send("/editor/articles/stores", form).status_code == 303
        shown = editor.page("/editor").text
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;?" in shown

    def test_the_form_says_that_an_answer_is_markdown(self, editor: Editor) -> None:
        shown = editor.page("/editor/articles/refund-time?in=en").text
        assert "**bold** and [links](https://…) in Markdown are shown as such; HTML is shown as words." in shown


class TestSaving:
    def test_the_next_customer_gets_the_new_words(self, editor: Editor) -> None:
        form = editor.form("refund-time")
        answer = editor.send(
            "/editor/articles/refund-time",
            form | {"answer": "Ten days.\r\nSorry.", "reason": "Slow bank", "state": "published"},
        )
        assert answer.status_code == 303
        assert editor.finds("when do I get my money back") == "Ten days.\nSorry."
        shown = editor.page(answer.headers["location"]).text
        assert labels.DONE["published"] in shown
        assert "Slow bank" in shown and "Yun" in shown

    def test_a_form_sent_back_untouched_changes_nothing(self, editor: Editor) -> None:
        form = editor.form("refund-time")
        answer = editor.send("/editor/articles/refund-time", form | {"state": "published"})
        assert answer.headers["location"].endswith("done=unchanged")
        assert editor.form("refund-time") == form

    def test_a_new_variant_is_found(self, editor: Editor) -> None:
        form = editor.form("stores")
        form["variants"] += "\r\nbrick and mortar branches\r\n\r\n"
        editor.send("/editor/articles/stores", form | {"state": "published"})
        assert editor.finds("brick and mortar branches") == "In Nanjing and Taipei."

    def test_related_articles_are_saved_shown_and_kept(self, editor: Editor) -> None:
        form = editor.form("stores")
        assert form["related"] == ""
        editor.send("/editor/articles/stores", form | {"related": "refund-time， gift-cards,", "state": "published"})
        assert editor.form("stores")["related"] == "refund-time, gift-cards"
        assert editor.form("stores", "zh-Hans")["related"] == "refund-time, gift-cards"
        assert "refund-time, gift-cards" in editor.page("/editor/versions/stores?in=en").text
        assert '"related": ["refund-time", "gift-cards"]' in editor.page("/editor/export").text

    def test_too_many_related_articles_are_refused_at_their_field(self, editor: Editor) -> None:
        many = ",".join(f"article-{number}" for number in range(MAX_RELATED + 1))
        refused = editor.send("/editor/articles/stores", editor.form("stores") | {"related": many})
        assert refused.status_code == 422
        assert 'aria-describedby="related-problem" aria-invalid="true"' in refused.text
        assert fields_on(refused)["related"] == many

    def test_draft_publish_archive(self, editor: Editor) -> None:
        new = {
            "key": "gift-cards",
            "text_language": "en",
            "question": "Do you sell gift cards?",
            "answer": "Yes, we do.",
        }
        assert editor.send("/editor/articles", new | {"state": "draft"}).status_code == 303
        assert editor.finds(new["question"]) == ""
        for state, answer in (("published", "Yes, we do."), ("archived", ""), ("draft", "")):
            form = editor.form("gift-cards") | {"state": state}
            assert editor.send("/editor/articles/gift-cards", form).status_code == 303
            assert editor.finds(new["question"]) == answer

    def test_another_language_is_written(self, editor: Editor) -> None:
        form = editor.form("stores", "zh-Hant")
        assert form["revision"] == "" and form["category"] == "contact"
        written = form | {"question": "門市在哪裡？", "answer": "台北。", "state": "published"}
        assert editor.send("/editor/articles/stores", written).status_code == 303
        assert editor.finds("門市在哪裡", "zh-Hant") == "台北。"

    def test_a_name_with_a_slash_and_chinese_can_be_edited(self, editor: Editor) -> None:
        new = {"key": "常见/问题 1?", "text_language": "en", "question": "Odd?", "answer": "Odd.", "state": "draft"}
        address = editor.send("/editor/articles", new).headers["location"]
        assert fields_on(editor.page(address))["question"] == "Odd?"
        path = address.split("?")[0]
        form = fields_on(editor.page(address)) | {"answer": "Even.", "state": "published"}
        assert editor.send(path, form).status_code == 303
        assert editor.finds("Odd?") == "Even."

    def test_an_unknown_article_is_not_found(self, editor: Editor) -> None:
        assert editor.page("/editor/articles/nothing?in=en", part="x").status_code == 404
        assert editor.page("/editor/versions/nothing?in=en", part="x").status_code == 404


class TestNothingIsLost:
    def test_a_conflict_keeps_the_words_and_shows_who_saved(self, editor: Editor, tokens: dict[str, str]) -> None:
        mine = editor.form("refund-time") | {"answer": "My long work.", "state": "published"}
        as_role(editor, tokens["supervisor"])
        theirs = editor.form("refund-time") | {"answer": "Their words.", "state": "published"}
        editor.send("/editor/articles/refund-time", theirs)
        as_role(editor, tokens["editor"])

        refused = editor.send("/editor/articles/refund-time", mine)
        assert refused.status_code == 409
        assert "Ada saved this text while you were writing." in refused.text
        assert "Their words." in refused.text
        assert refused.text.count("differs from yours") == 1
        kept = fields_on(refused)
        assert kept["answer"] == "My long work."
        assert editor.finds("refund duration") == "Their words."

        assert editor.send("/editor/articles/refund-time", kept | {"state": "published"}).status_code == 303
        assert editor.finds("refund duration") == "My long work."

    def test_the_same_new_language_written_twice_is_a_conflict(self, editor: Editor) -> None:
        form = editor.form("stores", "zh-Hans") | {"question": "门店在哪？", "answer": "南京。", "state": "draft"}
        assert editor.send("/editor/articles/stores", form).status_code == 303
        refused = editor.send("/editor/articles/stores", form | {"answer": "上海。"})
        assert refused.status_code == 409
        assert fields_on(refused)["answer"] == "上海。" and "南京。" in refused.text

    def test_an_invalid_field_says_so_and_keeps_everything(self, editor: Editor) -> None:
        form = editor.form("refund-time") | {"question": " ", "answer": "Kept <b>words</b>.", "state": "published"}
        refused = editor.send("/editor/articles/refund-time", form)
        assert refused.status_code == 422
        assert "Please write the question the article answers." in refused.text
        assert 'aria-describedby="question-hint question-problem" aria-invalid="true"' in refused.text
        assert fields_on(refused)["answer"] == "Kept <b>words</b>."

    def test_repeated_phrasings_are_named(self, editor: Editor) -> None:
        form = editor.form("stores") | {"variants": "shop near me\nSHOP near  me", "state": "published"}
        refused = editor.send("/editor/articles/stores", form)
        assert refused.status_code == 422
        assert "Please remove them: SHOP near  me" in refused.text

    def test_a_taken_name_is_refused_at_its_field(self, editor: Editor) -> None:
        new = {"key": "stores", "text_language": "en", "question": "Q?", "answer": "A.", "state": "draft"}
        refused = editor.send("/editor/articles", new)
        assert refused.status_code == 409
        assert "There is already an article of this name" in refused.text
        assert fields_on(refused)["question"] == "Q?" and "In Nanjing" not in refused.text


class TestPreviewAndVersions:
    def test_the_preview_shows_markup_as_words(self, editor: Editor) -> None:
        form = editor.form("stores") | {"answer": "<img src=x onerror=alert(1)>\nsecond", "variants": "a\nb\nA"}
        shown = editor.send("/editor/preview", form).text
        assert "&lt;img src=x onerror=alert(1)&gt;<br>second" in shown
        assert "Source: Where are your stores?" in shown
        assert "3 phrasings" in shown and "Said twice: A" in shown

    def test_old_versions_can_be_read(self, editor: Editor) -> None:
        form = editor.form("stores") | {"answer": "Only online.", "reason": "Stores closed", "state": "published"}
        editor.send("/editor/articles/stores", form)
        newest = editor.page("/editor/versions/stores?in=en").text
        assert "Only online." in newest and "Stores closed" in newest and "In Nanjing" not in newest
        assert "In Nanjing and Taipei." in editor.page("/editor/versions/stores?in=en&revision=1").text
        assert editor.page("/editor/versions/stores?in=en&revision=9", part="x").status_code == 404


class TestTrying:
    def test_an_answer_with_its_figures(self, editor: Editor) -> None:
        shown = editor.page("/editor/try?q=refund+duration&in=en&beside=refund-time", part="tried").text
        assert "<html" not in shown
        assert labels.DECISIONS["answer"] in shown
        assert "A refund takes three days." in shown
        assert "The article you are editing" in shown
        assert "<q>refund duration</q>" in shown

    def test_an_honest_no(self, editor: Editor) -> None:
        shown = editor.page("/editor/try?q=xyzzy+plugh&in=en").text
        assert labels.DECISIONS["none"] in shown


def upload(editor: Editor, text: str | bytes, name: str = "articles.jsonl"):
    content = text.encode() if isinstance(text, str) else text
    return editor.send("/editor/import", {}, files={"file": (name, content, "application/jsonl")})


class TestImportAndExport:
    def test_an_export_can_be_imported_again_unchanged(self, editor: Editor) -> None:
        exported = editor.page("/editor/export")
        assert "attachment" in exported.headers["content-disposition"]
        assert sorted(exported.text.splitlines()) == sorted(ARTICLES.splitlines())
        assert "0 new, 0 changed, 3 as they were." in upload(editor, exported.content).text

    def test_an_import_is_found_at_once(self, editor: Editor) -> None:
        line = REFUND | {"id": "lamps", "question": "Do you sell lamps?", "variants": [], "answer": "Two kinds."}
        report = upload(editor, json.dumps(line) + "\n" + json.dumps(REFUND | {"answer": "Anew.", "note": "?"}))
        assert "1 new, 1 changed, 0 as they were." in report.text
        assert "left out: note" in report.text
        assert editor.finds("do you sell lamps") == "Two kinds."

    def test_a_single_bad_line_imports_nothing(self, editor: Editor) -> None:
        good = json.dumps(REFUND | {"id": "lamps", "question": "Do you sell lamps?", "variants": []})
        refused = upload(editor, good + '\n{"id": "x"}\n<b>nope\n')
        assert refused.status_code == 422
        assert "Nothing of articles.jsonl was imported." in refused.text
        assert "<td>2</td><td>&#34;question&#34; is missing</td>" in refused.text
        assert "<td>3</td><td>not valid JSON: Expecting value at character 1</td>" in refused.text
        assert editor.page("/editor/articles/lamps?in=en", part="x").status_code == 404

    def test_no_file_and_no_text(self, editor: Editor) -> None:
        assert "Please choose a file first." in upload(editor, b"", name="").text
        assert "is not UTF-8 text" in upload(editor, "退款".encode("gb18030")).text

    @pytest.mark.parametrize(
        "reason", ['"id" must be a text', "id 'a' in language en was already on line 3", "the question is empty"]
    )
    def test_every_reason_is_recognised(self, reason: str) -> None:
        assert any(pattern.fullmatch(reason) for pattern, _ in labels._PATTERNS)
        assert labels.reason_text("en", reason) == reason

    def test_the_imports_own_reasons_are_all_known(self) -> None:
        from knowledge_base.articles import importing

        for reason in (*importing._REASONS.values(), importing._MALFORMED):
            assert any(pattern.fullmatch(reason) for pattern, _ in labels._PATTERNS), reason


class TestApi:
    @pytest.fixture
    def bearer(self, tokens: dict[str, str]) -> dict[str, str]:
        return {"authorization": f"Bearer {tokens['editor']}"}

    def test_without_a_token(self, running: TestClient, tokens: dict[str, str]) -> None:
        running.cookies.set(COOKIE, tokens["editor"])
        refused = running.get("/api/articles")
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")

    def test_with_an_agents_token(self, running: TestClient, tokens: dict[str, str]) -> None:
        refused = running.get("/api/articles", headers={"authorization": f"Bearer {tokens['agent']}"})
        assert refused.status_code == 403

    def test_list_and_read(self, running: TestClient, bearer: dict[str, str]) -> None:
        listed = running.get("/api/articles", params={"q": "退款"}, headers=bearer).json()
        assert (listed["total"], listed["pages"]) == (1, 1)
        assert listed["articles"][0]["language"] == "zh-Hans"
        read = running.get("/api/articles/refund-time/en", headers=bearer).json()
        assert {name: read[name] for name in REFUND} == REFUND
        missing = running.get("/api/articles/refund-time/zh-Hant", headers=bearer)
        assert (missing.status_code, missing.json()["code"]) == (404, "article")

    def test_write_change_and_conflict(self, running: TestClient, bearer: dict[str, str]) -> None:
        new = {"question": "Do you sell lamps?", "answer": "Two kinds.", "state": "published", "reason": "asked often"}
        made = running.put("/api/articles/lamps/en", json=new, headers=bearer)
        assert (made.status_code, made.json()["revision"], made.json()["author"]) == (201, 1, "Yun")
        changed = running.put("/api/articles/lamps/en", json=new | {"answer": "Three.", "revision": 1}, headers=bearer)
        assert (changed.status_code, changed.json()["revision"]) == (200, 2)
        found = running.get("/api/search", params={"q": "do you sell lamps", "language": "en"}, headers=bearer).json()
        assert (found["decision"], found["answer"]) == ("answer", "Three.")
        assert found["candidates"][0]["offered"] is True
        late = running.put("/api/articles/lamps/en", json=new | {"answer": "Four.", "revision": 1}, headers=bearer)
        assert (late.status_code, late.json()["code"]) == (409, "conflict")
        assert "Yun" in late.json()["detail"]
        anyway = running.put("/api/articles/lamps/en", json=new | {"answer": "Five."}, headers=bearer)
        assert anyway.json()["revision"] == 3

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"answer": ""}, 422, "invalid"),
            ({"state": "gone"}, 422, "state"),
            ({"revision": 4}, 404, "article"),
            ({"answer": 3}, 400, None),
            ({"colour": "red"}, 400, None),
        ],
    )
    def test_what_cannot_be_saved(self, running, bearer, change: dict, status: int, code: str | None) -> None:
        refused = running.put("/api/articles/x/en", json={"question": "Q?", "answer": "A."} | change, headers=bearer)
        assert (refused.status_code, refused.json().get("code")) == (status, code)
        assert refused.headers["content-type"] == "application/problem+json"

    def test_a_language_that_is_not_known(self, running: TestClient, bearer: dict[str, str]) -> None:
        body = {"question": "Q?", "answer": "A."}
        assert running.put("/api/articles/x/fr", json=body, headers=bearer).status_code == 422
        assert running.get("/api/search", params={"q": "x", "language": "fr"}, headers=bearer).status_code == 422
