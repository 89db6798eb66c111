"""What set-up forms have in common: reading them, and telling what was changed by whom."""

import logging
from collections.abc import Iterable
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.response import Template

from support.staff.tables import StaffMember
from support.tickets.states import CATEGORIES, REASONS
from texts.catalogue import LANGUAGE_NAMES, LANGUAGES
from web.desk.labels import label
from web.languages import request_language
from web.page import page

logger = logging.getLogger(__name__)

# Every reason for which a case is opened, and every category, can be a skill; other words are tags.
NAMED_SKILLS = (*REASONS, *CATEGORIES)


def one(form: FormMultiDict, name: str) -> str:
    """A field's words; empty when it was not sent."""
    return str(form.get(name, "")).replace("\r\n", "\n")


def several(form: FormMultiDict, name: str) -> list[str]:
    """What was ticked of several."""
    return [str(each) for each in form.getall(name, [])]


def skills_of(form: FormMultiDict) -> list[str]:
    """The skills that were ticked, and further words between commas."""
    further = one(form, "further").replace("，", ",").replace("、", ",").split(",")
    return [*(each for each in several(form, "skills") if each in NAMED_SKILLS), *(each.strip() for each in further)]


def skill_choices(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """Every named skill with its words."""
    language = request_language(request)
    reasons = [(code, label(language, "reason", code)) for code in REASONS]
    return reasons + [(code, label(language, "category", code)) for code in CATEGORIES]


def further_skills(skills: Iterable[str]) -> str:
    """Skills that are no reason and no category, as they are written."""
    return ", ".join(each for each in skills if each not in NAMED_SKILLS)


def setup_page(request: Request[Any, Any, Any], template: str, status: int = 200, **context: Any) -> Template:
    """A set-up page or a part of one."""
    language = request_language(request)

    def words(kind: str, code: str) -> str:
        return label(language, kind, code)

    return page(
        request,
        f"staff/setup/{template}",
        status,
        label=words,
        skill_choices=skill_choices(request),
        further_skills=further_skills,
        chat_languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        **context,
    )


def note_change(what: str, member: StaffMember, **fields: object) -> None:
    """Leave a line in the log: what was set up by whom, by their ids and without anybody's data."""
    logger.info(what, extra={"fields": {"by": member.id} | fields})
