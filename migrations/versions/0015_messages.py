"""Messages: who is sending, what came of it, what was read; an account's mail address and language; the walk over open cases."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claim", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("tried_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("next_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("given_up_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("failure", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("read_at", MOMENT, nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_outbox_claim_length"), 'length("claim") <= 32')
        batch_op.create_check_constraint(batch_op.f("ck_outbox_failure_length"), 'length("failure") <= 60')
        batch_op.drop_index("ix_outbox_unsent")
        batch_op.create_index("ix_outbox_unsent", ["county_id", "sent_at", "given_up_at", "id"], unique=False)
        batch_op.create_index("ix_outbox_inbox", ["county_id", "receiver", "channel", "id"], unique=False)
        batch_op.create_index("ix_outbox_unread", ["county_id", "receiver", "channel", "read_at"], unique=False)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("failure", existing_type=sa.String(length=60), existing_nullable=False, server_default=None)
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(length=10), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_account_email_length"), 'length("email") <= 200')
        batch_op.create_check_constraint(batch_op.f("ck_account_language_length"), 'length("language") <= 10')
        batch_op.create_check_constraint(batch_op.f("ck_account_language_known"), "language IN ('zh-Hans', 'zh-Hant', 'en')")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index("ix_case_open", ["county_id", "is_open", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index("ix_case_open")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_language_known"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_account_language_length"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_account_email_length"), type_="check")
        batch_op.drop_column("language")
        batch_op.drop_column("email")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_unread")
        batch_op.drop_index("ix_outbox_inbox")
        batch_op.drop_index("ix_outbox_unsent")
        batch_op.create_index("ix_outbox_unsent", ["sent_at", "id"], unique=False)
        batch_op.drop_constraint(batch_op.f("ck_outbox_failure_length"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_outbox_claim_length"), type_="check")
        for column in ("read_at", "failure", "given_up_at", "next_at", "tried_at", "claim"):
            batch_op.drop_column(column)
