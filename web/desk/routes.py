"""All routes of the desk, behind one guard."""

from litestar import Router
from litestar.di import Provide

from web.desk import compose_routes, mailing, queue, together
from web.desk.actions import hand_back, reply, resolve, take
from web.desk.api import TicketController
from web.desk.customers import CustomerController, change_customer
from web.desk.feedback import desk_feedback, feedback_list
from web.desk.files import attach, send_file
from web.desk.pages import desk, desk_actions, desk_case, desk_conversation, desk_list, desk_stream
from web.desk.refusals import HANDLERS
from web.desk.saved import case_read, remove_view, save_view
from web.desk.selecting import page_selection
from web.desk.stepping import provide_case_page
from web.desk.suggesting import case_suggestions, desk_suggestions
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
        desk_feedback,
        feedback_list,
        TicketController,
        attach,
        send_file,
        save_view,
        remove_view,
        case_read,
        change_customer,
        CustomerController,
        desk_suggestions,
        case_suggestions,
        mailing.again,
        *compose_routes.ROUTES,
        *queue.ROUTES,
        *together.ROUTES,
    ],
    guards=[requires("serve_customers")],
    dependencies={
        "member": Provide(provide_member),
        "selection": Provide(page_selection),
        "case_page": Provide(provide_case_page),
    },
    exception_handlers=HANDLERS,
)
