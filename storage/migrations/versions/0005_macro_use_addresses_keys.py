"""when ready replies were used, customers by address, what came with a program's key"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.base

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "macro_use",
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("macro_id", sa.String(length=36), nullable=False),
        sa.Column("used_at", storage.base.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["macro_id"], ["macro.id"], name=op.f("fk_macro_use_macro_id_macro"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_macro_use_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "macro_id", name=op.f("pk_macro_use")),
    )
    op.create_index(op.f("ix_macro_use_macro_id"), "macro_use", ["macro_id"])
    op.create_index("ix_customer_email_lower", "customer", [sa.text("lower(email)")])
    op.add_column("conversation", sa.Column("request_digest", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_column("request_digest")
    op.drop_index("ix_customer_email_lower", table_name="customer")
    op.drop_index(op.f("ix_macro_use_macro_id"), table_name="macro_use")
    op.drop_table("macro_use")
