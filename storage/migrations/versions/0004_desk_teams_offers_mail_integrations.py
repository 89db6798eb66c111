"""desk, teams, offers, mail, integrations"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text

import storage.base
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    _add_hours_and_teams()
    _add_ready_replies()
    _add_programs()
    _add_views()
    _add_queue()
    _add_mail()
    _add_links_and_tags()
    _add_notes()
    _change_conversations_and_customers()
    _change_staff()
    _change_cases()
    _add_search()


def downgrade() -> None:
    """Undo."""
    _remove_search()
    _change_cases_back()
    _change_staff_back()
    _change_conversations_and_customers_back()
    _remove_notes()
    _remove_links_and_tags()
    _remove_mail()
    _remove_queue()
    _remove_views()
    _remove_programs()
    _remove_ready_replies()
    _remove_hours_and_teams()


def _add_hours_and_teams() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("weekly", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column(
            "holidays", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("updated_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("name", name=op.f("uq_schedule_name")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("skills", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("schedule_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_team_schedule_id_schedule"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_team_member_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team_id", "staff_id", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_staff_id"), ["staff_id"], unique=False)


def _remove_hours_and_teams() -> None:
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_member_staff_id"))
    op.drop_table("team_member")
    op.drop_table("team")
    op.drop_table("schedule")


def _add_ready_replies() -> None:
    op.create_table(
        "macro",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("shortcut", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("texts", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("steps", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_macro_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_macro_team_id_team"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro")),
        sa.UniqueConstraint("shortcut", name=op.f("uq_macro_shortcut")),
    )


def _remove_ready_replies() -> None:
    op.drop_table("macro")


def _add_programs() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("secret", sa.String(length=80), nullable=False),
        sa.Column("events", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("failing_since", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.Column("switched_off_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.Column("removed_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("webhook_id", sa.String(length=36), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("event", sa.String(length=50), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_webhook_delivery_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id_webhook"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_delivery_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_webhook_delivery_event_id"), ["event_id"], unique=False)
        batch_op.create_index(
            "ix_webhook_delivery_webhook_state_due_at", ["webhook_id", "state", "due_at"], unique=False
        )
        batch_op.create_index("ix_webhook_delivery_webhook_created_at", ["webhook_id", "created_at"], unique=False)
    op.create_table(
        "integration",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.Column("used_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_integration_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration")),
        sa.UniqueConstraint("name", name=op.f("uq_integration_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_integration_token_hash")),
    )


def _remove_programs() -> None:
    op.drop_table("integration")
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_webhook_delivery_webhook_created_at")
        batch_op.drop_index("ix_webhook_delivery_webhook_state_due_at")
        batch_op.drop_index(batch_op.f("ix_webhook_delivery_event_id"))
        batch_op.drop_index(batch_op.f("ix_webhook_delivery_conversation_id"))
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")


def _add_views() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "filters", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_saved_view_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_view_staff_id"), ["staff_id"], unique=False)
    op.create_table(
        "case_read",
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("read_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_case_read_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_case_read_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "ticket_id", name=op.f("pk_case_read")),
    )
    with op.batch_alter_table("case_read", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_read_ticket_id"), ["ticket_id"], unique=False)


def _remove_views() -> None:
    with op.batch_alter_table("case_read", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_read_ticket_id"))
    op.drop_table("case_read")
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_view_staff_id"))
    op.drop_table("saved_view")


def _add_queue() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "because", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_offer_staff_id_staff_member")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_offer_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index("ix_offer_staff_created_at", ["staff_id", "created_at"], unique=False)
        batch_op.create_index("ix_offer_state_expires_at", ["state", "expires_at"], unique=False)
        batch_op.create_index("ix_offer_ticket_created_at", ["ticket_id", "created_at"], unique=False)
        batch_op.create_index(
            "uq_offer_open_ticket",
            ["ticket_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
    op.create_table(
        "queue_wait",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("queued_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("told_minutes", sa.Integer(), nullable=True),
        sa.Column("late_told_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("ended_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_queue_wait_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_wait")),
    )
    with op.batch_alter_table("queue_wait", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_wait_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_queue_wait_state_ended_at", ["state", "ended_at"], unique=False)


def _remove_queue() -> None:
    with op.batch_alter_table("queue_wait", schema=None) as batch_op:
        batch_op.drop_index("ix_queue_wait_state_ended_at")
        batch_op.drop_index(batch_op.f("ix_queue_wait_conversation_id"))
    op.drop_table("queue_wait")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offer_open_ticket", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.drop_index("ix_offer_ticket_created_at")
        batch_op.drop_index("ix_offer_state_expires_at")
        batch_op.drop_index("ix_offer_staff_created_at")
    op.drop_table("offer")


def _add_mail() -> None:
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=True),
        sa.Column("message_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("header_id", sa.String(length=250), nullable=False),
        sa.Column("in_reply_to", sa.String(length=250), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_outgoing_mail_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_outgoing_mail_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint("header_id", name=op.f("uq_outgoing_mail_header_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_mail_message_id")),
    )
    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.create_index("ix_outgoing_mail_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_outgoing_mail_recipient_created_at", ["recipient", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outgoing_mail_ticket_id"), ["ticket_id"], unique=False)
    op.create_table(
        "received_mail",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("header_id", sa.String(length=250), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=True),
        sa.Column("message_id", sa.String(length=36), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("received_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_received_mail_message_id_message"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_received_mail_ticket_id_ticket"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_mail")),
        sa.UniqueConstraint("header_id", name=op.f("uq_received_mail_header_id")),
    )
    with op.batch_alter_table("received_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_received_mail_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_mail_ticket_id"), ["ticket_id"], unique=False)


def _remove_mail() -> None:
    with op.batch_alter_table("received_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_received_mail_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_received_mail_received_at"))
    op.drop_table("received_mail")
    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_mail_ticket_id"))
        batch_op.drop_index("ix_outgoing_mail_recipient_created_at")
        batch_op.drop_index("ix_outgoing_mail_state_due_at")
    op.drop_table("outgoing_mail")


def _add_links_and_tags() -> None:
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["other_id"], ["ticket.id"], name=op.f("fk_ticket_link_other_id_ticket"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_link_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", name=op.f("pk_ticket_link")),
    )
    with op.batch_alter_table("ticket_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_link_other_id"), ["other_id"], unique=False)
    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_tag_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "name", name=op.f("pk_ticket_tag")),
    )
    with op.batch_alter_table("ticket_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_tag_name"), ["name"], unique=False)


def _remove_links_and_tags() -> None:
    with op.batch_alter_table("ticket_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_tag_name"))
    op.drop_table("ticket_tag")
    with op.batch_alter_table("ticket_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_link_other_id"))
    op.drop_table("ticket_link")


def _add_notes() -> None:
    op.create_table(
        "ticket_note",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("created_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_ticket_note_staff_id_staff_member")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_note_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_note")),
    )
    with op.batch_alter_table("ticket_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_note_ticket_id"), ["ticket_id"], unique=False)
    op.create_table(
        "mention",
        sa.Column("note_id", sa.String(length=36), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("seen_at", storage.base.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["note_id"], ["ticket_note.id"], name=op.f("fk_mention_note_id_ticket_note"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_mention_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_mention_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("note_id", "staff_id", name=op.f("pk_mention")),
    )
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mention_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mention_ticket_id"), ["ticket_id"], unique=False)


def _remove_notes() -> None:
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mention_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_mention_staff_id"))
    op.drop_table("mention")
    with op.batch_alter_table("ticket_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_note_ticket_id"))
    op.drop_table("ticket_note")


def _change_conversations_and_customers() -> None:
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(length=10), server_default="chat", nullable=False))
        batch_op.add_column(sa.Column("supervisor_id", sa.String(length=36), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_conversation_supervisor_id_staff_member"), "staff_member", ["supervisor_id"], ["id"]
        )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index("ix_customer_created_at_id", ["created_at", "id"], unique=False)
        batch_op.add_column(sa.Column("tier", sa.String(length=20), server_default="", nullable=False))
        batch_op.add_column(sa.Column("named_staff_id", sa.String(length=36), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_customer_named_staff_id_staff_member"), "staff_member", ["named_staff_id"], ["id"]
        )


def _change_conversations_and_customers_back() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_created_at_id")
        batch_op.drop_constraint(batch_op.f("fk_customer_named_staff_id_staff_member"), type_="foreignkey")
        batch_op.drop_column("named_staff_id")
        batch_op.drop_column("tier")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_conversation_supervisor_id_staff_member"), type_="foreignkey")
        batch_op.drop_column("supervisor_id")
        batch_op.drop_column("channel")


def _change_staff() -> None:
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("presence", sa.String(length=10), server_default="online", nullable=False))
        batch_op.add_column(sa.Column("presence_at", storage.base.UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("capacity", sa.Integer(), server_default="4", nullable=False))
        batch_op.add_column(
            sa.Column(
                "skills",
                sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
                server_default="[]",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "languages",
                sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
                server_default="[]",
                nullable=False,
            )
        )
    op.execute("UPDATE staff_member SET presence = 'away' WHERE NOT available")
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.drop_column("available")


def _change_staff_back() -> None:
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("available", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute(sa.text("UPDATE staff_member SET available = :no WHERE presence = 'away'").bindparams(no=False))
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.alter_column("available", server_default=None)
        batch_op.drop_column("languages")
        batch_op.drop_column("skills")
        batch_op.drop_column("capacity")
        batch_op.drop_column("presence_at")
        batch_op.drop_column("presence")


def _change_cases() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("team_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("waiting_since", storage.base.UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("snoozed_until", storage.base.UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.String(length=36), nullable=True))
        batch_op.create_index(batch_op.f("ix_ticket_snoozed_until"), ["snoozed_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_resolved_at"), ["resolved_at"], unique=False)
        batch_op.create_index("ix_ticket_staff_state", ["staff_id", "state"], unique=False)
        batch_op.create_index("ix_ticket_state_resolved_at", ["state", "resolved_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_team_id"), ["team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_updated_at"), ["updated_at"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_ticket_team_id_team"), "team", ["team_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(batch_op.f("fk_ticket_merged_into_id_ticket"), "ticket", ["merged_into_id"], ["id"])
    with op.batch_alter_table("ticket_event", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_event_created_at_id", ["created_at", "id"], unique=False)
        batch_op.add_column(sa.Column("change_id", sa.String(length=36), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_ticket_event_ticket_id_change_id"), ["ticket_id", "change_id"])
        batch_op.create_unique_constraint(batch_op.f("uq_ticket_event_ticket_id_position"), ["ticket_id", "position"])
    # Whoever has an open case waits for people since it was opened, as far as can be told now.
    op.execute(
        "UPDATE ticket SET waiting_since = created_at WHERE state NOT IN ('resolved', 'closed', 'waiting_for_customer')"
    )


def _change_cases_back() -> None:
    with op.batch_alter_table("ticket_event", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_event_created_at_id")
        batch_op.drop_constraint(batch_op.f("uq_ticket_event_ticket_id_position"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_ticket_event_ticket_id_change_id"), type_="unique")
        batch_op.drop_column("change_id")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_ticket_merged_into_id_ticket"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_ticket_team_id_team"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_ticket_updated_at"))
        batch_op.drop_index(batch_op.f("ix_ticket_team_id"))
        batch_op.drop_index("ix_ticket_state_resolved_at")
        batch_op.drop_index(batch_op.f("ix_ticket_resolved_at"))
        batch_op.drop_index(batch_op.f("ix_ticket_created_at"))
        batch_op.drop_index("ix_ticket_staff_state")
        batch_op.drop_index(batch_op.f("ix_ticket_snoozed_until"))
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("snoozed_until")
        batch_op.drop_column("waiting_since")
        batch_op.drop_column("team_id")
        batch_op.drop_column("subject")


def _add_search() -> None:
    """Full-text search of cases, which each database has in its own way."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "case_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.Column("case_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("said_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_case_document_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_document")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_case_document_ticket_id")),
    )
    if is_sqlite:
        # Words are cut and folded before they come here, so that the tokenizer has nothing to decide.
        op.execute("CREATE VIRTUAL TABLE case_search USING fts5(words, content='', columnsize=0, tokenize='ascii')")
    else:
        op.create_index("ix_case_search", "case_document", ["words"], postgresql_using="gin")


def _remove_search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE case_search")
    op.drop_table("case_document")
