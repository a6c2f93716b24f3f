"""The record, its heads, once-keys, and the code list of retention."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_record",
        sa.Column("chain", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("verb", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint('length("actor") <= 80', name=op.f("ck_audit_record_actor_length")),
        sa.CheckConstraint('length("hash") <= 64', name=op.f("ck_audit_record_hash_length")),
        sa.CheckConstraint('length("subject") <= 120', name=op.f("ck_audit_record_subject_length")),
        sa.CheckConstraint('length("verb") <= 64', name=op.f("ck_audit_record_verb_length")),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_audit_record")),
    )
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.create_index("ix_audit_record_subject", ["chain", "subject", "seq"], unique=False)

    op.create_table(
        "chain_head",
        sa.Column("chain", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.CheckConstraint('length("hash") <= 64', name=op.f("ck_chain_head_hash_length")),
        sa.CheckConstraint('length("seal") <= 64', name=op.f("ck_chain_head_seal_length")),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "once",
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("verb", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=300), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("actor") <= 80', name=op.f("ck_once_actor_length")),
        sa.CheckConstraint('length("fingerprint") <= 64', name=op.f("ck_once_fingerprint_length")),
        sa.CheckConstraint('length("key") <= 64', name=op.f("ck_once_key_length")),
        sa.CheckConstraint('length("result") <= 300', name=op.f("ck_once_result_length")),
        sa.CheckConstraint('length("verb") <= 64', name=op.f("ck_once_verb_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_once")),
        sa.UniqueConstraint("actor", "key", name=op.f("uq_once_actor_key")),
    )
    op.create_table(
        "retention_class",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("signed_by", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("act") <= 20', name=op.f("ck_retention_class_act_length")),
        sa.CheckConstraint('length("code") <= 30', name=op.f("ck_retention_class_code_length")),
        sa.CheckConstraint('length("signed_by") <= 60', name=op.f("ck_retention_class_signed_by_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_class")),
        sa.UniqueConstraint("code", name=op.f("uq_retention_class_code")),
    )


def downgrade() -> None:
    op.drop_table("retention_class")
    op.drop_table("once")
    op.drop_table("chain_head")
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_record_subject")

    op.drop_table("audit_record")
