"""indexes for what removed messages leave behind, one default of opening hours, without an unused column of mails"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_index(op.f("ix_received_mail_message_id"), "received_mail", ["message_id"])
    op.create_index(op.f("ix_turn_message_id"), "turn", ["message_id"])
    supervised = sa.text("supervisor_id IS NOT NULL")
    op.create_index(
        "ix_conversation_supervisor_id",
        "conversation",
        ["supervisor_id"],
        sqlite_where=supervised,
        postgresql_where=supervised,
    )
    # Two could be made at the same moment; the one that was saved last is meant.
    op.execute(
        "UPDATE schedule SET is_default = false WHERE is_default AND id <> "
        "(SELECT id FROM schedule WHERE is_default ORDER BY updated_at DESC, id LIMIT 1)"
    )
    default = sa.text("is_default")
    op.create_index(
        "uq_schedule_default",
        "schedule",
        ["is_default"],
        unique=True,
        sqlite_where=default,
        postgresql_where=default,
    )
    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.drop_column("in_reply_to")


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_reply_to", sa.String(length=250), nullable=True))
    op.drop_index("uq_schedule_default", table_name="schedule")
    op.drop_index("ix_conversation_supervisor_id", table_name="conversation")
    op.drop_index(op.f("ix_turn_message_id"), table_name="turn")
    op.drop_index(op.f("ix_received_mail_message_id"), table_name="received_mail")
