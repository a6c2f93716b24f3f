"""Fees: kinds and cancellations, grounds of waivers, notices, receipts, what goes back, the cashier's days, the rest of the card, reports."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def _unguard() -> None:
    """Before this step the versions of a fee could be changed. SQLite's triggers go with the table that is made again."""
    if op.get_bind().dialect.name == "postgresql":
        for verb in ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER IF EXISTS guard_published_fee_{verb} ON published_fee")
            op.execute(f"DROP FUNCTION IF EXISTS guard_published_fee_{verb}()")


def upgrade() -> None:
    with op.batch_alter_table("published_fee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("charge_kind", sa.String(length=20), server_default="administrative", nullable=False))
        batch_op.create_check_constraint(
            batch_op.f("ck_published_fee_charge_kind_known"), "charge_kind IN ('administrative', 'intermediary')"
        )
        batch_op.create_check_constraint(batch_op.f("ck_published_fee_charge_kind_length"), 'length("charge_kind") <= 20')

    op.create_table(
        "charge_report",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("asked_fen", sa.BigInteger(), nullable=False),
        sa.Column("who_asked", sa.String(length=200), nullable=False),
        sa.Column("said", sa.String(length=1000), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("asked_fen > 0", name=op.f("ck_charge_report_something")),
        sa.CheckConstraint('length("code") <= 20', name=op.f("ck_charge_report_code_length")),
        sa.CheckConstraint('length("credit_code") <= 18', name=op.f("ck_charge_report_credit_code_length")),
        sa.CheckConstraint('length("number") <= 40', name=op.f("ck_charge_report_number_length")),
        sa.CheckConstraint('length("said") <= 1000', name=op.f("ck_charge_report_said_length")),
        sa.CheckConstraint('length("who_asked") <= 200', name=op.f("ck_charge_report_who_asked_length")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_charge_report_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_report")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_charge_report_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_charge_report_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_charge_report_county_id_number")),
    )
    with op.batch_alter_table("charge_report", schema=None) as batch_op:
        batch_op.create_index("ix_charge_report_card", ["county_id", "credit_code", "id"], unique=False)

    op.create_table(
        "waiver_ground",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("fee_code", sa.String(length=40), nullable=False),
        sa.Column("pays_percent", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("published_at", sa.String(length=500), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("basis") <= 500', name=op.f("ck_waiver_ground_basis_length")),
        sa.CheckConstraint('length("code") <= 40', name=op.f("ck_waiver_ground_code_length")),
        sa.CheckConstraint('length("fee_code") <= 40', name=op.f("ck_waiver_ground_fee_code_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_waiver_ground_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_waiver_ground_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_waiver_ground_name_hant_length")),
        sa.CheckConstraint('length("published_at") <= 500', name=op.f("ck_waiver_ground_published_at_length")),
        sa.CheckConstraint("pays_percent >= 0 AND pays_percent <= 99", name=op.f("ck_waiver_ground_pays_less")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_waiver_ground_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiver_ground")),
        sa.UniqueConstraint("county_id", "code", "from_on", name=op.f("uq_waiver_ground_county_id_code_from_on")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_waiver_ground_county_id_id")),
    )
    op.create_table(
        "cashier_day",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("counted_fen", sa.BigInteger(), nullable=False),
        sa.Column("sums", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("counted_by_id", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("counted_fen >= 0", name=op.f("ck_cashier_day_counted")),
        sa.CheckConstraint('length("reason") <= 300', name=op.f("ck_cashier_day_reason_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "counted_by_id"], ["account.county_id", "account.id"], name=op.f("fk_cashier_day_county_id_counted_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_cashier_day_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cashier_day")),
        sa.UniqueConstraint("county_id", "day_on", "seq", name=op.f("uq_cashier_day_county_id_day_on_seq")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_cashier_day_county_id_id")),
    )
    op.create_table(
        "cashier_day_sign",
        sa.Column("count_id", sa.Integer(), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("reason") <= 300', name=op.f("ck_cashier_day_sign_reason_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "count_id"], ["cashier_day.county_id", "cashier_day.id"], name=op.f("fk_cashier_day_sign_county_id_count_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_cashier_day_sign_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "signed_by_id"], ["account.county_id", "account.id"], name=op.f("fk_cashier_day_sign_county_id_signed_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_cashier_day_sign_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cashier_day_sign")),
        sa.UniqueConstraint("count_id", name=op.f("uq_cashier_day_sign_count_id")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_cashier_day_sign_county_id_id")),
    )
    op.create_table(
        "charge_report_answer",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("finding IN ('on_card', 'arbitrary', 'no_charge')", name=op.f("ck_charge_report_answer_finding_known")),
        sa.CheckConstraint('length("answer") <= 500', name=op.f("ck_charge_report_answer_answer_length")),
        sa.CheckConstraint('length("finding") <= 20', name=op.f("ck_charge_report_answer_finding_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "answered_by_id"],
            ["account.county_id", "account.id"],
            name=op.f("fk_charge_report_answer_county_id_answered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_charge_report_answer_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "report_id"],
            ["charge_report.county_id", "charge_report.id"],
            name=op.f("fk_charge_report_answer_county_id_report_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_charge_report_answer_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_report_answer")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_charge_report_answer_county_id_id")),
        sa.UniqueConstraint("report_id", name=op.f("uq_charge_report_answer_report_id")),
    )
    op.create_table(
        "fee_cancellation",
        sa.Column("fee_code", sa.String(length=40), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("up_to_id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=200), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("fee_code") <= 40', name=op.f("ck_fee_cancellation_fee_code_length")),
        sa.CheckConstraint('length("paper") <= 200', name=op.f("ck_fee_cancellation_paper_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "entered_by_id"], ["account.county_id", "account.id"], name=op.f("fk_fee_cancellation_county_id_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_fee_cancellation_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_fee_cancellation_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_cancellation")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_fee_cancellation_county_id_id")),
    )
    with op.batch_alter_table("fee_cancellation", schema=None) as batch_op:
        batch_op.create_index("ix_fee_cancellation_code", ["county_id", "fee_code", "id"], unique=False)

    op.create_table(
        "fee_notice",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("fee_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("collector_id", sa.Integer(), nullable=False),
        sa.Column("payer", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_fen", sa.BigInteger(), nullable=False),
        sa.Column("full_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("ground_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(payer = 'organisation') = (credit_code IS NOT NULL)", name=op.f("ck_fee_notice_card_of_organisation")),
        sa.CheckConstraint("payer IN ('natural', 'organisation')", name=op.f("ck_fee_notice_payer_known")),
        sa.CheckConstraint(
            "state IN ('waiting', 'open', 'paid', 'waived', 'withdrawn', 'refunded')", name=op.f("ck_fee_notice_state_known")
        ),
        sa.CheckConstraint('length("code") <= 20', name=op.f("ck_fee_notice_code_length")),
        sa.CheckConstraint('length("credit_code") <= 18', name=op.f("ck_fee_notice_credit_code_length")),
        sa.CheckConstraint('length("number") <= 40', name=op.f("ck_fee_notice_number_length")),
        sa.CheckConstraint('length("payer") <= 20', name=op.f("ck_fee_notice_payer_length")),
        sa.CheckConstraint('length("state") <= 20', name=op.f("ck_fee_notice_state_length")),
        sa.CheckConstraint('length("why") <= 300', name=op.f("ck_fee_notice_why_length")),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 10000", name=op.f("ck_fee_notice_quantity")),
        sa.CheckConstraint(
            "unit_fen >= 0 AND full_fen = unit_fen * quantity AND amount_fen >= 0 AND amount_fen <= full_fen",
            name=op.f("ck_fee_notice_amounts"),
        ),
        sa.ForeignKeyConstraint(["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_fee_notice_county_id_case_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "collector_id"], ["body.county_id", "body.id"], name=op.f("fk_fee_notice_county_id_collector_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "fee_id"], ["published_fee.county_id", "published_fee.id"], name=op.f("fk_fee_notice_county_id_fee_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "ground_id"], ["waiver_ground.county_id", "waiver_ground.id"], name=op.f("fk_fee_notice_county_id_ground_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "issued_by_id"], ["account.county_id", "account.id"], name=op.f("fk_fee_notice_county_id_issued_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "person_id"], ["person.county_id", "person.id"], name=op.f("fk_fee_notice_county_id_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "window_id"], ["window.county_id", "window.id"], name=op.f("fk_fee_notice_county_id_window_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_fee_notice_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_notice")),
        sa.UniqueConstraint("county_id", "code", name=op.f("uq_fee_notice_county_id_code")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_fee_notice_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_fee_notice_county_id_number")),
    )
    with op.batch_alter_table("fee_notice", schema=None) as batch_op:
        batch_op.create_index("ix_fee_notice_card", ["county_id", "credit_code", "id"], unique=False)
        batch_op.create_index("ix_fee_notice_case", ["case_id", "id"], unique=False)
        batch_op.create_index("ix_fee_notice_fee", ["fee_id", "state"], unique=False)
        batch_op.create_index("ix_fee_notice_issued", ["county_id", "issued_on", "id"], unique=False)
        batch_op.create_index("ix_fee_notice_state", ["county_id", "state", "id"], unique=False)

    op.create_table(
        "intermediary_charge",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("fee_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("intermediary", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("charged_fen", sa.BigInteger(), nullable=False),
        sa.Column("above_fen", sa.BigInteger(), nullable=False),
        sa.Column("charged_on", sa.Date(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("charged_fen >= 0 AND above_fen >= 0 AND above_fen <= charged_fen", name=op.f("ck_intermediary_charge_amounts")),
        sa.CheckConstraint('length("credit_code") <= 18', name=op.f("ck_intermediary_charge_credit_code_length")),
        sa.CheckConstraint('length("intermediary") <= 200', name=op.f("ck_intermediary_charge_intermediary_length")),
        sa.CheckConstraint('length("number") <= 40', name=op.f("ck_intermediary_charge_number_length")),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 10000", name=op.f("ck_intermediary_charge_quantity")),
        sa.ForeignKeyConstraint(
            ["county_id", "case_id"], ["case.county_id", "case.id"], name=op.f("fk_intermediary_charge_county_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "entered_by_id"], ["account.county_id", "account.id"], name=op.f("fk_intermediary_charge_county_id_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "fee_id"], ["published_fee.county_id", "published_fee.id"], name=op.f("fk_intermediary_charge_county_id_fee_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_intermediary_charge_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intermediary_charge")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_intermediary_charge_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_intermediary_charge_county_id_number")),
    )
    with op.batch_alter_table("intermediary_charge", schema=None) as batch_op:
        batch_op.create_index("ix_intermediary_charge_card", ["county_id", "credit_code", "id"], unique=False)
        batch_op.create_index("ix_intermediary_charge_case", ["case_id"], unique=False)

    op.create_table(
        "fee_event",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('issued', 'waiver_asked', 'waiver_approved', 'waiver_refused', 'paid', 'payment_voided', 'refunded', 'withdrawn')",
            name=op.f("ck_fee_event_kind_known"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('waiver_approved', 'waiver_refused', 'payment_voided', 'refunded') OR office_id IS NOT NULL",
            name=op.f("ck_fee_event_of_office"),
        ),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_fee_event_kind_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "actor_id"], ["account.county_id", "account.id"], name=op.f("fk_fee_event_county_id_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "notice_id"], ["fee_notice.county_id", "fee_notice.id"], name=op.f("fk_fee_event_county_id_notice_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_fee_event_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_fee_event_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_event")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_fee_event_county_id_id")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_fee_event_notice_id_seq")),
    )
    op.create_table(
        "fee_receipt",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("cashier_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("method IN ('cash', 'card', 'transfer', 'qr')", name=op.f("ck_fee_receipt_method_known")),
        sa.CheckConstraint("fen > 0", name=op.f("ck_fee_receipt_something")),
        sa.CheckConstraint('length("method") <= 10', name=op.f("ck_fee_receipt_method_length")),
        sa.CheckConstraint('length("number") <= 40', name=op.f("ck_fee_receipt_number_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "cashier_id"], ["account.county_id", "account.id"], name=op.f("fk_fee_receipt_county_id_cashier_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "notice_id"], ["fee_notice.county_id", "fee_notice.id"], name=op.f("fk_fee_receipt_county_id_notice_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_fee_receipt_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_receipt")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_fee_receipt_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_fee_receipt_county_id_number")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_fee_receipt_notice_id_seq")),
    )
    with op.batch_alter_table("fee_receipt", schema=None) as batch_op:
        batch_op.create_index("ix_fee_receipt_day", ["county_id", "paid_on", "id"], unique=False)

    op.create_table(
        "fee_reversal",
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('void', 'refund')", name=op.f("ck_fee_reversal_kind_known")),
        sa.CheckConstraint('length("kind") <= 10', name=op.f("ck_fee_reversal_kind_length")),
        sa.CheckConstraint('length("reason") <= 300', name=op.f("ck_fee_reversal_reason_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "asked_by_id"], ["account.county_id", "account.id"], name=op.f("fk_fee_reversal_county_id_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "receipt_id"], ["fee_receipt.county_id", "fee_receipt.id"], name=op.f("fk_fee_reversal_county_id_receipt_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_fee_reversal_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_reversal")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_fee_reversal_county_id_id")),
        sa.UniqueConstraint("receipt_id", "seq", name=op.f("uq_fee_reversal_receipt_id_seq")),
    )
    op.create_table(
        "fee_reversal_decision",
        sa.Column("reversal_id", sa.Integer(), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("reason") <= 300', name=op.f("ck_fee_reversal_decision_reason_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "decided_by_id"],
            ["account.county_id", "account.id"],
            name=op.f("fk_fee_reversal_decision_county_id_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_fee_reversal_decision_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "reversal_id"],
            ["fee_reversal.county_id", "fee_reversal.id"],
            name=op.f("fk_fee_reversal_decision_county_id_reversal_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_fee_reversal_decision_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_reversal_decision")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_fee_reversal_decision_county_id_id")),
        sa.UniqueConstraint("reversal_id", name=op.f("uq_fee_reversal_decision_reversal_id")),
    )
    with op.batch_alter_table("fee_reversal_decision", schema=None) as batch_op:
        batch_op.create_index("ix_fee_reversal_decision_day", ["county_id", "decided_on", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("fee_reversal_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_fee_reversal_decision_day")

    op.drop_table("fee_reversal_decision")
    op.drop_table("fee_reversal")
    with op.batch_alter_table("fee_receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_fee_receipt_day")

    op.drop_table("fee_receipt")
    op.drop_table("fee_event")
    with op.batch_alter_table("intermediary_charge", schema=None) as batch_op:
        batch_op.drop_index("ix_intermediary_charge_case")
        batch_op.drop_index("ix_intermediary_charge_card")

    op.drop_table("intermediary_charge")
    with op.batch_alter_table("fee_notice", schema=None) as batch_op:
        batch_op.drop_index("ix_fee_notice_state")
        batch_op.drop_index("ix_fee_notice_issued")
        batch_op.drop_index("ix_fee_notice_fee")
        batch_op.drop_index("ix_fee_notice_case")
        batch_op.drop_index("ix_fee_notice_card")

    op.drop_table("fee_notice")
    with op.batch_alter_table("fee_cancellation", schema=None) as batch_op:
        batch_op.drop_index("ix_fee_cancellation_code")

    op.drop_table("fee_cancellation")
    op.drop_table("charge_report_answer")
    op.drop_table("cashier_day_sign")
    op.drop_table("cashier_day")
    op.drop_table("waiver_ground")
    with op.batch_alter_table("charge_report", schema=None) as batch_op:
        batch_op.drop_index("ix_charge_report_card")

    op.drop_table("charge_report")
    _unguard()
    with op.batch_alter_table("published_fee", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_published_fee_charge_kind_length"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_published_fee_charge_kind_known"), type_="check")
        batch_op.drop_column("charge_kind")
