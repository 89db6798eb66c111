"""What the editor's forms send, and how it becomes an article's fields. Pure."""

import re

import msgspec

from knowledge_base.articles.rules import STATES, ArticleFields
from knowledge_base.articles.tables import Article
from web.editor.saving import Edit

_LINE_END = re.compile("\r\n|\r|\n")
_BETWEEN_COMMAS = re.compile("[,，、;；\n]")


class ArticleForm(msgspec.Struct):
    """The article form as it was sent, kept word for word so that nothing typed is ever lost.

    `revision` is empty for a text that does not exist yet; `state` is the pressed button's.
    """

    key: str = ""
    text_language: str = ""
    revision: str = ""
    question: str = ""
    variants: str = ""
    answer: str = ""
    category: str = ""
    tags: str = ""
    related: str = ""
    reason: str = ""
    state: str = ""


def form_of(article: Article) -> ArticleForm:
    """The form filled with a stored article whose variants are loaded."""
    return ArticleForm(
        key=article.key,
        text_language=article.language,
        revision=str(article.revision),
        question=article.question,
        variants="\n".join(variant.text for variant in article.variants),
        answer=article.answer,
        category=article.category,
        tags=", ".join(article.tags),
        related=", ".join(article.related),
        state=article.state,
    )


def fields_of(form: ArticleForm) -> ArticleFields:
    """The article's fields in the form: one variant a line, tags and related keys between commas."""
    return ArticleFields(
        question=form.question,
        answer=_LINE_END.sub("\n", form.answer),
        variants=tuple(line for line in _LINE_END.split(form.variants) if line.strip()),
        category=form.category,
        tags=_between_commas(form.tags),
        related=_between_commas(form.related),
    )


def _between_commas(text: str) -> tuple[str, ...]:
    return tuple(part for part in _BETWEEN_COMMAS.split(text) if part.strip())


def edit_of(form: ArticleForm, author: str) -> Edit:
    """What the sender of the form wants."""
    revision = int(form.revision) if form.revision.isdecimal() and len(form.revision) < 10 else None
    return Edit(
        key=form.key,
        language=form.text_language,
        fields=fields_of(form),
        author=author,
        revision=revision,
        state=form.state if form.state in STATES else "",
        reason=form.reason.strip(),
    )
