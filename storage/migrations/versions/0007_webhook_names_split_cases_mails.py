"""each name of a webhook once, cases split off before they had a channel, without an unused column of mails"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LONGEST_NAME = 100


def upgrade() -> None:
    """Apply."""
    _name_webhooks_apart()
    kept = sa.text("removed_at IS NULL")
    op.create_index("uq_webhook_name", "webhook", ["name"], unique=True, sqlite_where=kept, postgresql_where=kept)
    _move_split_off_cases()
    with op.batch_alter_table("received_mail", schema=None) as batch_op:
        batch_op.drop_column("text")


def downgrade() -> None:
    """Undo; what was split off keeps its channel, which the code of the schema before knows as well."""
    with op.batch_alter_table("received_mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("text", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("received_mail", schema=None) as batch_op:
        batch_op.alter_column("text", server_default=None)
    op.drop_index("uq_webhook_name", table_name="webhook")


def _name_webhooks_apart() -> None:
    # Two could be made at the same moment; the older one keeps its name.
    connection = op.get_bind()
    found = connection.execute(
        sa.text("SELECT id, name FROM webhook WHERE removed_at IS NULL ORDER BY created_at, id")
    ).all()
    taken = {row.name for row in found}
    seen: set[str] = set()
    for row in found:
        name, number = row.name, 1
        while name in seen or (name != row.name and name in taken):
            number += 1
            ending = f" ({number})"
            name = row.name[: LONGEST_NAME - len(ending)] + ending
        if name != row.name:
            connection.execute(sa.text("UPDATE webhook SET name = :name WHERE id = :id"), {"name": name, "id": row.id})
        seen.add(name)


def _move_split_off_cases() -> None:
    # Their customers read none of it there, so nobody waits in them and the assistant answers nothing.
    chat = sa.table("conversation", *map(sa.column, ("id", "channel", "status", "queued_at")))
    ticket = sa.table("ticket", sa.column("id"), sa.column("conversation_id"))
    event = sa.table("ticket_event", sa.column("ticket_id"), sa.column("kind"))
    noted = sa.select(ticket.c.conversation_id).join(event, event.c.ticket_id == ticket.c.id)
    split_off = sa.and_(chat.c.channel == "chat", chat.c.id.in_(noted.where(event.c.kind == "split_from")))
    waits = chat.c.status.in_(("bot", "collecting_contact", "queued"))
    op.execute(sa.update(chat).where(waits, split_off).values(status="offline", queued_at=None))
    op.execute(sa.update(chat).where(split_off).values(channel="split"))
