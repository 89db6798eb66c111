"""Which cases a list shows, and in which order: read from an address, and written into one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from support.tickets.order import ORDERS
from support.tickets.priority import PRIORITIES
from support.tickets.states import CATEGORIES, REASONS
from texts.language import LANGUAGES

# In the order in which a page offers them; "found" holds every case, open or settled, and is where one searches.
VIEWS = ("queue", "mine", "team", "mentions", "all", "snoozed", "resolved", "found")
# Those whose cases are counted.
COUNTED = ("queue", "mine", "team", "mentions", "all", "snoozed")
# Earlier names that addresses and programs still use.
ALIASES = {"open": "all"}
CHANNELS = ("chat", "split", "mail", "api")
WAITING = ("us", "customer")
ME, NOBODY = "me", "nobody"
LONGEST_NAME = 40
LAST_PAGE = 1000


class SelectionRefused(Exception):
    """A value that no list can be asked for."""

    def __init__(self, name: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(name)
        self.name = name
        self.known = known


@dataclass(frozen=True)
class Selection:
    """A list of cases, as its address says; an empty filter lets every case through.

    Attributes:
        view: One of VIEWS.
        q: Words that are searched for.
        owner: Id of a colleague, "me", or "nobody".
        team: Id of a team, or "nobody" for cases of no team.
        waiting: Who has to do something: "us" or "customer".
        sort: One of support.tickets.order.ORDERS.
    """

    view: str = "queue"
    q: str = ""
    priority: str = ""
    reason: str = ""
    category: str = ""
    written_in: str = ""
    channel: str = ""
    tag: str = ""
    team: str = ""
    owner: str = ""
    waiting: str = ""
    sort: str = "urgent"
    page: int = 1

    def filters(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {name: value for name in FILTERS if (value := str(getattr(self, name)))}

    def parameters(self, **changes: object) -> dict[str, str]:
        """What its address says, without what goes without saying; with changes."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        usual = Selection(view="")
        named = {each.name: getattr(changed, each.name) for each in fields(changed)}
        return {name: str(value) for name, value in named.items() if value != getattr(usual, name)}

    def query(self, **changes: object) -> str:
        """Its part of an address, with changes: `view=mine&priority=red`. Another list begins at its first page."""
        if changes and "page" not in changes:
            changes["page"] = 1
        return urlencode(self.parameters(**changes))

    def without(self, name: str) -> str:
        """Its address without one filter."""
        return self.query(**{name: ""})


KNOWN: dict[str, tuple[str, ...]] = {
    "priority": PRIORITIES,
    "reason": REASONS,
    "category": CATEGORIES,
    # "language" would switch the page's own.
    "written_in": LANGUAGES,
    "channel": CHANNELS,
    "waiting": WAITING,
}
# Names of things that people made; whatever is not there finds nothing.
FREE = ("tag", "team", "owner")
FILTERS = ("priority", "reason", "category", "written_in", "channel", "tag", "team", "owner", "waiting")


def read_selection(values: Mapping[str, str]) -> Selection:
    """The list that the values of an address ask for; other names in it are passed over.

    Without a view it is the queue, or, when words are searched for, everything that is found.

    Raises:
        SelectionRefused: For a value that is none of those known.
    """
    q = values.get("q", "").strip()
    view = ALIASES.get(values.get("view", ""), values.get("view", "")) or ("found" if q else "queue")
    sort = values.get("sort", "") or "urgent"
    read = {name: values.get(name, "").strip() for name in FILTERS}
    for name, value, known in [("view", view, VIEWS), ("sort", sort, tuple(ORDERS))] + [
        (name, read[name], known) for name, known in KNOWN.items() if read[name]
    ]:
        if value not in known:
            raise SelectionRefused(name, known)
    for name in FREE:
        if len(read[name]) > LONGEST_NAME or not read[name].isprintable():
            raise SelectionRefused(name)
    page = values.get("page", "") or "1"
    if not (page.isascii() and page.isdigit() and len(page) < 5 and 1 <= int(page) <= LAST_PAGE):
        raise SelectionRefused("page")
    return Selection(view=view, q=q, sort=sort, page=int(page), **read)
