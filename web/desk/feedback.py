"""Feedback for staff: what customers suggest and praise, as a page and for programs."""

from typing import Any

from litestar import Request, get
from litestar.response import Template

from support.feedback.rules import KINDS
from web.desk.list_schemas import FeedbackListOut
from web.desk.pages import NamedServices, render
from web.desk.views import feedback_view
from web.numbers import PageNumber
from web.problems import Problem


@get("/desk/feedback", include_in_schema=False)
async def desk_feedback(
    request: Request[Any, Any, Any], services: NamedServices, kind: str = "", number: PageNumber = 1
) -> Template:
    """A page of feedback; of all kinds unless a known one is named."""
    wanted = kind if kind in KINDS else ""
    listed = await services.database.read(lambda session: feedback_view(session, wanted, number))
    return render(request, "desk/feedback.html", listed=listed, kinds=("", *KINDS))


@get(
    "/api/feedback",
    opt={"exclude_from_csrf": True, "scope": "conversations"},
    tags=["Conversations"],
    security=[{"staff": []}],
    summary="Read feedback",
)
async def feedback_list(services: NamedServices, kind: str = "", number: PageNumber = 1) -> FeedbackListOut:
    """A page of feedback, newest first: of one kind (suggestion or praise), or of both."""
    if kind and kind not in KINDS:
        raise Problem(400, "Kind not known", "kind must be one of {kinds}.", "kind", kinds=", ".join(KINDS))
    return await services.database.read(lambda session: feedback_view(session, kind, number))
