"""All routes of the desk, behind one guard."""

from litestar import Router
from litestar.di import Provide

from web.desk.actions import hand_back, presence, reply, resolve, take
from web.desk.api import TicketController
from web.desk.feedback import desk_feedback, feedback_list
from web.desk.files import attach, send_file
from web.desk.pages import desk, desk_actions, desk_case, desk_conversation, desk_list, desk_stream
from web.desk.refusals import HANDLERS
from web.staff_access import provide_member, requires

desk_router = Router(
    path="/",
    route_handlers=[
        desk,
        desk_list,
        desk_case,
        desk_conversation,
        desk_actions,
        desk_stream,
        take,
        reply,
        hand_back,
        resolve,
        presence,
        desk_feedback,
        feedback_list,
        TicketController,
        attach,
        send_file,
    ],
    guards=[requires("serve_customers")],
    dependencies={"member": Provide(provide_member)},
    exception_handlers=HANDLERS,
)
