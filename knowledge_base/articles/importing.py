"""Taking articles from JSON lines: every line is checked first, and a file with a single bad line changes nothing.

A line: {"id", "language", "question", "variants": [], "answer", "category", "tags": [], "related": []}, unique by id
and language. "variants", "category", "tags" and "related" (ids of other articles) may be left out. Imported articles
are published.
"""

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from knowledge_base.articles import queries, rules
from knowledge_base.articles.operations import bump_counter, snapshot_of
from knowledge_base.articles.rules import MAX_ANSWER, MAX_CATEGORY, MAX_QUESTION, MAX_TAGS, MAX_VARIANTS, ArticleFields
from knowledge_base.articles.tables import Article, ArticleVariant, ArticleVersion
from storage.base import new_id, now

_REQUIRED = ("id", "language", "question", "answer")
_TEXTS = ("id", "language", "question", "answer", "category")
_LISTS = ("variants", "tags", "related")
_REASONS = {
    "article.key_empty": "the id is empty",
    "article.key_too_long": f"the id is longer than {rules.MAX_KEY} characters",
    "article.key_malformed": "the id has blanks around it or characters that do not print",
    "article.language_unknown": "unknown language (known: en, zh-Hans, zh-Hant)",
    "article.question_empty": "the question is empty",
    "article.question_too_long": f"the question is longer than {MAX_QUESTION} characters",
    "article.answer_empty": "the answer is empty",
    "article.answer_too_long": f"the answer is longer than {MAX_ANSWER} characters",
    "article.variants_empty": "a variant is empty",
    "article.variants_too_long": f"a variant is longer than {MAX_QUESTION} characters",
    "article.variants_too_many": f"there are more than {MAX_VARIANTS} variants",
    "article.tags_empty": "a tag is empty",
    "article.tags_too_long": f"a tag is longer than {rules.MAX_TAG} characters",
    "article.tags_too_many": f"there are more than {MAX_TAGS} tags",
    "article.related_empty": "the id of a related article is empty",
    "article.related_too_long": f"the id of a related article is longer than {rules.MAX_KEY} characters",
    "article.related_too_many": f"there are more than {rules.MAX_RELATED} related articles",
    "article.category_too_long": f"the category is longer than {MAX_CATEGORY} characters",
}
_MALFORMED = "a text holds characters that cannot be stored (NUL or half a surrogate pair)"


@dataclass(frozen=True)
class ImportProblem:
    """A refused line (counted from 1) and the reason, in words."""

    line: int
    reason: str


class ImportRefused(Exception):
    """The file was not imported; `problems` has every refused line."""

    def __init__(self, problems: list[ImportProblem]) -> None:
        super().__init__(f"{len(problems)} lines refused")
        self.problems = problems


class FileUnreadable(Exception):
    """The file cannot be read at all; the message says why, in words for people."""


@dataclass(frozen=True)
class ImportedArticle:
    """A checked line."""

    key: str
    language: str
    fields: ArticleFields


@dataclass(frozen=True)
class ImportReport:
    """How many articles an import brought, changed and left as they were; fields of the file it did not know."""

    new: int
    changed: int
    unchanged: int
    ignored_fields: tuple[str, ...] = ()


# The articles of a file, and the names of fields that are not ours.
CheckedLines = tuple[list[ImportedArticle], tuple[str, ...]]


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, unpacked when its name ends in .gz; a byte order mark is dropped.

    Raises:
        FileUnreadable: When it is missing, a folder, unreadable, badly packed, or not UTF-8.
    """
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise FileUnreadable(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise FileUnreadable(f"{path} is a folder, not a file.") from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileUnreadable(f"{path} is not UTF-8 text (line {line}).") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise FileUnreadable(f"{path} is not a whole gzip file.") from None
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}.") from None


def import_file(session: Session, path: Path, author: str = "import", reason: str = "") -> ImportReport:
    """Import a .jsonl or .jsonl.gz file. Raises FileUnreadable, and what `import_text` raises."""
    return import_text(session, read_text(path), author, reason or f"import of {path.name}")


def import_text(session: Session, text: str, author: str = "import", reason: str = "import") -> ImportReport:
    """Import JSON lines into the caller's unit of work, as published articles.

    Articles that are not in the text stay as they are; an article whose content is the same keeps its revision.

    Raises:
        ImportRefused: When any line has a problem; nothing is written then.
    """
    return import_checked(session, check_lines(text), author, reason)


def import_checked(session: Session, checked: CheckedLines, author: str, reason: str) -> ImportReport:
    """Import lines that `check_lines` let through, so that the check need not hold up other writers."""
    articles, ignored = checked
    change = bump_counter(session) if articles else 0
    stored = queries.stored_articles(session)
    fresh = [article for article in articles if (article.key, article.language) not in stored]
    known = [
        (article, stored[article.key, article.language])
        for article in articles
        if (article.key, article.language) in stored
    ]
    changed = [(article, old) for article, old in known if old.state != "published" or old.content != _content(article)]
    _insert(session, fresh, change, author, reason)
    _replace(session, changed, change, author, reason)
    return ImportReport(len(fresh), len(changed), len(known) - len(changed), ignored)


def check_lines(text: str) -> CheckedLines:
    """Check every line; returns the articles and the names of unknown fields.

    Raises:
        ImportRefused: With all problems of all lines.
    """
    articles: list[ImportedArticle] = []
    problems: list[ImportProblem] = []
    first_seen: dict[tuple[str, str], int] = {}
    ignored: set[str] = set()
    # Not splitlines(): it also breaks at U+2028, which JSON allows inside a text.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        article, reasons = _check_line(line, ignored)
        if article is not None:
            identity = (article.key, article.language)
            if identity in first_seen:
                where = first_seen[identity]
                reasons = [f"id {article.key!r} in language {article.language} was already on line {where}"]
            first_seen.setdefault(identity, number)
            articles.append(article)
        problems.extend(ImportProblem(number, reason) for reason in reasons)
    if problems:
        raise ImportRefused(problems)
    return articles, tuple(sorted(ignored))


def _check_line(line: str, ignored: set[str]) -> tuple[ImportedArticle | None, list[str]]:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        return None, [f"not valid JSON: {error.msg} at character {error.pos + 1}"]
    except (RecursionError, ValueError):
        return None, ["not valid JSON"]
    if not isinstance(data, dict):
        return None, ["not a JSON object"]
    reasons = _type_reasons(data)
    if reasons:
        return None, reasons
    ignored.update(data.keys() - {*_TEXTS, *_LISTS})
    fields = ArticleFields(
        data["question"],
        data["answer"],
        tuple(data.get("variants", ())),
        data.get("category", ""),
        tuple(data.get("tags", ())),
        tuple(data.get("related", ())),
    )
    problems = rules.identity_problems(data["id"], data["language"]) | rules.text_problems(fields)
    if problems:
        return None, [_REASONS.get(message, _MALFORMED) for message in problems.values()]
    return ImportedArticle(data["id"], data["language"], fields), []


def _type_reasons(data: dict[str, Any]) -> list[str]:
    reasons = [f'"{name}" is missing' for name in _REQUIRED if name not in data]
    reasons += [f'"{name}" must be a text' for name in _TEXTS if name in data and not isinstance(data[name], str)]
    for name in _LISTS:
        value = data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            reasons.append(f'"{name}" must be a list of texts')
    return reasons


def _content(article: ImportedArticle) -> tuple[object, ...]:
    fields = article.fields
    return (fields.question, fields.answer, fields.variants, fields.category, fields.tags, fields.related)


def _insert(session: Session, articles: list[ImportedArticle], change: int, author: str, reason: str) -> None:
    """Write new articles, a few statements for all of them."""
    ids = [new_id() for _ in articles]
    _insert_rows(
        session,
        Article,
        [
            {"id": article_id, "key": article.key, "language": article.language, "revision": 1}
            | _columns(article, change, author)
            for article_id, article in zip(ids, articles, strict=True)
        ],
    )
    _insert_variants(session, ids, articles)
    _insert_versions(session, ids, [1] * len(ids), articles, author, reason)


def _replace(
    session: Session,
    changed: list[tuple[ImportedArticle, queries.StoredArticle]],
    change: int,
    author: str,
    reason: str,
) -> None:
    """Write the new content of known articles, with a version each."""
    if not changed:
        return
    articles = [article for article, _ in changed]
    ids = [old.id for _, old in changed]
    revisions = [old.revision + 1 for _, old in changed]
    session.execute(
        update(Article),
        [
            {"id": article_id, "revision": revision} | _columns(article, change, author)
            for article_id, revision, article in zip(ids, revisions, articles, strict=True)
        ],
    )
    queries.delete_variants(session, ids)
    _insert_variants(session, ids, articles)
    _insert_versions(session, ids, revisions, articles, author, reason)


def _columns(article: ImportedArticle, change: int, author: str) -> dict[str, Any]:
    fields = article.fields
    return {
        "question": fields.question,
        "answer": fields.answer,
        "category": fields.category,
        "tags": list(fields.tags),
        "related": list(fields.related),
        "state": "published",
        "change": change,
        "author": author,
        "updated_at": now(),
    }


def _insert_variants(session: Session, ids: list[str], articles: list[ImportedArticle]) -> None:
    _insert_rows(
        session,
        ArticleVariant,
        [
            {"id": new_id(), "article_id": article_id, "position": position, "text": text}
            for article_id, article in zip(ids, articles, strict=True)
            for position, text in enumerate(article.fields.variants)
        ],
    )


def _insert_versions(
    session: Session,
    ids: list[str],
    revisions: list[int],
    articles: list[ImportedArticle],
    author: str,
    reason: str,
) -> None:
    _insert_rows(
        session,
        ArticleVersion,
        [
            {
                "id": new_id(),
                "article_id": article_id,
                "revision": revision,
                "snapshot": snapshot_of(article.fields, "published"),
                "author": author,
                "reason": reason,
            }
            for article_id, revision, article in zip(ids, revisions, articles, strict=True)
        ],
    )


def _insert_rows(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), rows)
