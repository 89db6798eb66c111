"""Codes of the knowledge base in words for people: states, categories, decisions, and what is wrong with a field."""

import re
from collections.abc import Mapping

from knowledge_base.articles import rules
from knowledge_base.articles.rules import ArticleFields
from texts.catalogue import marked, translate

STATES = {
    "draft": marked("Draft"),
    "published": marked("Published"),
    "archived": marked("Archived"),
    "missing": marked("Not written"),
}
# Kept as slugs in the articles; a category that is not listed is shown as it was written.
CATEGORIES = {
    "account": marked("Account"),
    "contact": marked("Contact"),
    "delivery": marked("Delivery"),
    "membership": marked("Membership"),
    "orders": marked("Orders"),
    "payment": marked("Payment"),
    "returns": marked("Returns"),
    "troubleshooting": marked("Troubleshooting"),
    "warranty": marked("Warranty"),
}
DECISIONS = {
    "answer": marked("The assistant answers with this article."),
    "choices": marked("The assistant is not sure and lets the customer choose."),
    "none": marked("The assistant says honestly that it found nothing, and offers a person."),
}
DONE = {
    "draft": marked("Saved as a draft. Customers do not see it."),
    "published": marked("Published. The next customer who asks gets these words."),
    "archived": marked("Archived. Customers no longer find it; it can be published again at any time."),
    "unchanged": marked("Nothing was different, so nothing was saved."),
    "soon": marked("Saved. The search is still taking it in; customers find it within a few minutes."),
}
_PROBLEMS = {
    "article.key_empty": marked("Please give the article a short name, such as return-an-item."),
    "article.key_too_long": marked("The short name is too long; at most {limit} characters fit."),
    "article.key_malformed": marked(
        "The short name must not begin or end with a blank, and every character must be visible."
    ),
    "article.language_unknown": marked("Please choose English, Simplified Chinese or Traditional Chinese."),
    "article.question_empty": marked("Please write the question the article answers."),
    "article.question_too_long": marked("The question is too long; at most {limit} characters fit."),
    "article.question_malformed": marked("The question holds characters that cannot be stored. Please type it anew."),
    "article.answer_empty": marked("Please write the answer."),
    "article.answer_too_long": marked("The answer is too long; at most {limit} characters fit."),
    "article.answer_malformed": marked("The answer holds characters that cannot be stored. Please type it anew."),
    "article.variants_empty": marked("A line is empty. Please remove it."),
    "article.variants_too_long": marked("A line is too long; at most {limit} characters fit on each."),
    "article.variants_too_many": marked("There are too many lines; at most {limit} fit."),
    "article.variants_malformed": marked("A line holds characters that cannot be stored. Please type it anew."),
    "article.variants_repeated": marked(
        "These say the same as the question or as another line. Please remove them: {texts}"
    ),
    "article.category_too_long": marked("The category is too long; at most {limit} characters fit."),
    "article.category_malformed": marked("The category holds characters that cannot be stored. Please type it anew."),
    "article.tags_empty": marked("A tag is empty. Please remove it."),
    "article.tags_too_long": marked("A tag is too long; at most {limit} characters fit."),
    "article.tags_too_many": marked("There are too many tags; at most {limit} fit."),
    "article.tags_malformed": marked("A tag holds characters that cannot be stored. Please type it anew."),
    "article.related_empty": marked("The key of a related article is empty. Please remove it."),
    "article.related_too_long": marked("The key of a related article is too long; at most {limit} characters fit."),
    "article.related_too_many": marked("There are too many related articles; at most {limit} fit."),
    "article.related_malformed": marked(
        "The key of a related article holds characters that cannot be stored. Please type it anew."
    ),
}
_LIMITS = {
    "article.key_too_long": rules.MAX_KEY,
    "article.question_too_long": rules.MAX_QUESTION,
    "article.answer_too_long": rules.MAX_ANSWER,
    "article.variants_too_long": rules.MAX_QUESTION,
    "article.variants_too_many": rules.MAX_VARIANTS,
    "article.category_too_long": rules.MAX_CATEGORY,
    "article.tags_too_long": rules.MAX_TAG,
    "article.tags_too_many": rules.MAX_TAGS,
    "article.related_too_long": rules.MAX_KEY,
    "article.related_too_many": rules.MAX_RELATED,
}
# What the import says about a line, with places for what differs from line to line.
_REASONS = (
    marked("the id is empty"),
    marked("the id is longer than {limit} characters"),
    marked("the id has blanks around it or characters that do not print"),
    marked("unknown language (known: {known})"),
    marked("the question is empty"),
    marked("the question is longer than {limit} characters"),
    marked("the answer is empty"),
    marked("the answer is longer than {limit} characters"),
    marked("a variant is empty"),
    marked("a variant is longer than {limit} characters"),
    marked("there are more than {limit} variants"),
    marked("a tag is empty"),
    marked("a tag is longer than {limit} characters"),
    marked("there are more than {limit} tags"),
    marked("the id of a related article is empty"),
    marked("the id of a related article is longer than {limit} characters"),
    marked("there are more than {limit} related articles"),
    marked("the category is longer than {limit} characters"),
    marked("a text holds characters that cannot be stored (NUL or half a surrogate pair)"),
    marked("not valid JSON: {cause} at character {position}"),
    marked("not valid JSON"),
    marked("not a JSON object"),
    marked('"{field}" is missing'),
    marked('"{field}" must be a text'),
    marked('"{field}" must be a list of texts'),
    marked("id {id} in language {code} was already on line {line}"),
)


def category_label(language: str, category: str) -> str:
    """A category in words."""
    return translate(language, CATEGORIES[category]) if category in CATEGORIES else category


def problem_texts(language: str, problems: Mapping[str, str], fields: ArticleFields) -> dict[str, str]:
    """Field name -> what is wrong with it, from the message keys of ArticleInvalid."""
    return {field: _problem_text(language, key, fields) for field, key in problems.items()}


def taken_text(language: str) -> dict[str, str]:
    """What is wrong with a new article whose name and language are taken."""
    text = translate(language, "There is already an article of this name in this language. Please choose another.")
    return {"key": text}


def reason_text(language: str, reason: str) -> str:
    """Why an import refused a line; as the import said it where there is no translation."""
    for pattern, template in _PATTERNS:
        if found := pattern.fullmatch(reason):
            return translate(language, template, **found.groupdict())
    return reason


def _problem_text(language: str, key: str, fields: ArticleFields) -> str:
    if key == "article.variants_repeated":
        texts = " · ".join(rules.repeated_variants(rules.cleaned(fields)))
        return translate(language, _PROBLEMS[key], texts=texts)
    if key in _LIMITS:
        return translate(language, _PROBLEMS[key], limit=_LIMITS[key])
    return translate(language, _PROBLEMS.get(key, marked("Please check this field.")))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    texts, names = parts[::2], parts[1::2]
    places = [f"(?P<{name}>.+)" for name in names] + [""]
    return re.compile("".join(re.escape(text) + place for text, place in zip(texts, places, strict=True)), re.DOTALL)


_PATTERNS = tuple((_pattern(template), template) for template in _REASONS)
