"""The pages on which ready replies are listed, added and changed: everybody's in the set-up, one's own at the desk."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.handoff.destinations import teams
from support.macros import operations, queries
from support.macros.operations import Given
from support.macros.rules import PLACES, MacroRefused
from support.macros.tables import Macro
from texts.catalogue import LANGUAGES, translate
from web.desk.pages import render
from web.desk.refusals import problem_of
from web.languages import request_language
from web.problems import Problem
from web.services import Services


class MacroForm(msgspec.Struct):
    """A ready reply as it stands in the form.

    Attributes:
        tags: With commas between them.
        then: The step at the end: "", "waiting", "transfer" or "resolve".
        hours: For how long the case is put off; empty for not at all.
        used_by: The team that alone uses it; empty for everybody.
    """

    shortcut: str = ""
    name: str = ""
    text_en: str = ""
    text_zh_Hans: str = ""
    text_zh_Hant: str = ""
    tags: str = ""
    hours: str = ""
    then: str = ""
    team: str = ""
    category: str = ""
    note: str = ""
    used_by: str = ""


MacroFormBody = Annotated[MacroForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@dataclass(frozen=True)
class Place:
    """Where a page stands, and whose ready replies it shows; nobody's own are shared by all."""

    address: str
    owner_id: str | None


def given(form: MacroForm) -> Given:
    """What a form says. Pure.

    Raises:
        MacroRefused: `steps` for hours that are no number.
    """
    steps: list[dict[str, Any]] = [
        {"kind": "tag", "value": tag.strip()} for tag in form.tags.replace("，", ",").split(",") if tag.strip()
    ]
    if form.hours.strip():
        if not form.hours.strip().isdecimal():
            raise MacroRefused("steps")
        steps.append({"kind": "snooze", "hours": int(form.hours.strip()[:6])})
    if form.then == "transfer":
        steps.append({"kind": "transfer", "team_id": form.team})
    elif form.then == "resolve":
        steps.append({"kind": "resolve", "category": form.category, "note": form.note})
    elif form.then:
        steps.append({"kind": form.then})
    texts = {language: getattr(form, f"text_{language.replace('-', '_')}") for language in LANGUAGES}
    return Given(form.shortcut, form.name, texts, steps, form.used_by or None)


def form_of(macro: Macro) -> MacroForm:
    """The form that `given` would read as a ready reply. Pure."""
    form = MacroForm(macro.shortcut, macro.name, used_by=macro.team_id or "")
    for language, words in macro.texts.items():
        setattr(form, f"text_{language.replace('-', '_')}", words)
    form.tags = ", ".join(step["value"] for step in macro.steps if step["kind"] == "tag")
    for step in macro.steps:
        if step["kind"] == "snooze":
            form.hours = str(step["hours"])
        elif step["kind"] != "tag":
            form.then = step["kind"]
            form.team = step.get("team_id", "")
            form.category, form.note = step.get("category", ""), step.get("note", "")
    return form


async def show_list(request: Request[Any, Any, Any], services: Services, place: Place) -> Template:
    """Those that a page is about."""
    found = await services.database.read(lambda session: _listed(session, place))
    return render(request, _template(place, "macros"), macros=found, place=place)


async def show_form(
    request: Request[Any, Any, Any],
    services: Services,
    place: Place,
    macro_id: str | None = None,
    form: MacroForm | None = None,
    problem: Problem | None = None,
) -> Template:
    """The form of one, or an empty one.

    Args:
        form: What had been filled in, so that nothing is lost.

    Raises:
        Problem: 404 when there is none, or it is not theirs.
    """

    def read(session: Session) -> tuple[MacroForm, list[tuple[str, str]]]:
        shown = form or (form_of(operations.mine_or_shared(session, macro_id, place.owner_id)) if macro_id else None)
        return shown or MacroForm(), [(each.id, each.name) for each in teams(session)]

    try:
        shown, known_teams = await services.database.read(read)
    except operations.MacroNotFound:
        raise Problem(404, "Ready reply not found", "There is no such ready reply.", "macro") from None
    words = ""
    if problem is not None:
        words = translate(request_language(request), problem.detail, **problem.values)
    return render(
        request,
        _template(place, "macro_form"),
        problem.status if problem else 200,
        form=shown,
        macro_id=macro_id,
        place=place,
        teams=known_teams,
        places=PLACES,
        problem=words,
        wrong=problem.code if problem else "",
    )


async def save_page(
    request: Request[Any, Any, Any], services: Services, place: Place, form: MacroForm, macro_id: str | None = None
) -> Template | Redirect:
    """Keep what was filled in, or show it again with what is wrong."""
    try:
        said = given(form)
        await services.database.write(lambda session: operations.save(session, said, place.owner_id, macro_id).id)
    except MacroRefused as error:
        return await show_form(request, services, place, macro_id, form, problem_of(error))
    return Redirect(place.address, status_code=303)


def _listed(session: Session, place: Place) -> list[Macro]:
    found = queries.own(session, place.owner_id) if place.owner_id else queries.shared(session)
    return list(found)


def _template(place: Place, name: str) -> str:
    return f"{'desk' if place.owner_id else 'setup'}/{name}.html"
