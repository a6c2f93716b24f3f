"""Published lists of inspections, plans with their events, yearly plans; a visit knows its plan."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def _unguard() -> None:
    """A visit is a projection of its plan's events now: what kept its rows from changing goes. SQLite's go with the table that is made again."""
    if op.get_bind().dialect.name == "postgresql":
        for verb in ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER IF EXISTS guard_inspection_visit_{verb} ON inspection_visit")
            op.execute(f"DROP FUNCTION IF EXISTS guard_inspection_visit_{verb}()")


def upgrade() -> None:
    op.create_table(
        "discretion_benchmark",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("matter_code", sa.String(length=40), nullable=False),
        sa.Column("grade", sa.String(length=10), nullable=False),
        sa.Column("lower_fen", sa.BigInteger(), nullable=False),
        sa.Column("upper_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_first_free", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("more", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint("grade IN ('slight', 'ordinary', 'serious')", name=op.f("ck_discretion_benchmark_grade_known")),
        sa.CheckConstraint('length("basis") <= 500', name=op.f("ck_discretion_benchmark_basis_length")),
        sa.CheckConstraint('length("code") <= 40', name=op.f("ck_discretion_benchmark_code_length")),
        sa.CheckConstraint('length("grade") <= 10', name=op.f("ck_discretion_benchmark_grade_length")),
        sa.CheckConstraint('length("matter_code") <= 40', name=op.f("ck_discretion_benchmark_matter_code_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_discretion_benchmark_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_discretion_benchmark_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_discretion_benchmark_name_hant_length")),
        sa.CheckConstraint("lower_fen >= 0 AND lower_fen <= upper_fen", name=op.f("ck_discretion_benchmark_range")),
        sa.ForeignKeyConstraint(
            ["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_discretion_benchmark_county_id_body_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_discretion_benchmark_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discretion_benchmark")),
        sa.UniqueConstraint("county_id", "code", "from_on", name=op.f("uq_discretion_benchmark_county_id_code_from_on")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_discretion_benchmark_county_id_id")),
    )
    op.create_table(
        "inspecting_body",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("right_by", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("special_most", sa.Integer(), server_default="2", nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("right_by IN ('law', 'authorised', 'entrusted')", name=op.f("ck_inspecting_body_right_by_known")),
        sa.CheckConstraint('length("basis") <= 500', name=op.f("ck_inspecting_body_basis_length")),
        sa.CheckConstraint('length("right_by") <= 20', name=op.f("ck_inspecting_body_right_by_length")),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_inspecting_body_county_id_body_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_inspecting_body_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspecting_body")),
        sa.UniqueConstraint("body_id", "from_on", name=op.f("uq_inspecting_body_body_id_from_on")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_inspecting_body_county_id_id")),
    )
    op.create_table(
        "inspection_matter",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("standard", sa.String(length=500), nullable=False),
        sa.Column("more", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_hant", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.CheckConstraint('length("basis") <= 500', name=op.f("ck_inspection_matter_basis_length")),
        sa.CheckConstraint('length("code") <= 40', name=op.f("ck_inspection_matter_code_length")),
        sa.CheckConstraint('length("line") <= 40', name=op.f("ck_inspection_matter_line_length")),
        sa.CheckConstraint('length("name") <= 200', name=op.f("ck_inspection_matter_name_length")),
        sa.CheckConstraint('length("name_en") <= 300', name=op.f("ck_inspection_matter_name_en_length")),
        sa.CheckConstraint('length("name_hant") <= 200', name=op.f("ck_inspection_matter_name_hant_length")),
        sa.CheckConstraint('length("standard") <= 500', name=op.f("ck_inspection_matter_standard_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_inspection_matter_county_id_body_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_inspection_matter_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_matter")),
        sa.UniqueConstraint("county_id", "code", "from_on", name=op.f("uq_inspection_matter_county_id_code_from_on")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_inspection_matter_county_id_id")),
    )
    with op.batch_alter_table("inspection_matter", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_matter_body", ["body_id", "code"], unique=False)

    op.create_table(
        "inspection_plan",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("exemption", sa.String(length=20), nullable=True),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("standard", sa.String(length=500), nullable=False),
        sa.Column("coordinated", sa.String(length=200), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("is_announced", sa.Boolean(), nullable=False),
        sa.Column("on_day_off", sa.Boolean(), nullable=False),
        sa.Column("is_after_fact", sa.Boolean(), nullable=False),
        sa.Column("recheck_of_id", sa.Integer(), nullable=True),
        sa.Column("group_code", sa.String(length=20), nullable=True),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("code_issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('routine', 'individual', 'special')", name=op.f("ck_inspection_plan_kind_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'refused', 'filed', 'cancelled', 'turned_away', 'under_way', 'visited', 'told')",
            name=op.f("ck_inspection_plan_state_known"),
        ),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_inspection_plan_in_order")),
        sa.CheckConstraint('length("basis") <= 500', name=op.f("ck_inspection_plan_basis_length")),
        sa.CheckConstraint('length("code_digest") <= 64', name=op.f("ck_inspection_plan_code_digest_length")),
        sa.CheckConstraint('length("exemption") <= 20', name=op.f("ck_inspection_plan_exemption_length")),
        sa.CheckConstraint('length("group_code") <= 20', name=op.f("ck_inspection_plan_group_code_length")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_inspection_plan_kind_length")),
        sa.CheckConstraint('length("line") <= 40', name=op.f("ck_inspection_plan_line_length")),
        sa.CheckConstraint('length("number") <= 40', name=op.f("ck_inspection_plan_number_length")),
        sa.CheckConstraint('length("coordinated") <= 200', name=op.f("ck_inspection_plan_coordinated_length")),
        sa.CheckConstraint('length("standard") <= 500', name=op.f("ck_inspection_plan_standard_length")),
        sa.CheckConstraint('length("state") <= 20', name=op.f("ck_inspection_plan_state_length")),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_inspection_plan_county_id_body_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "drafted_by_id"], ["account.county_id", "account.id"], name=op.f("fk_inspection_plan_county_id_drafted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "enterprise_id"],
            ["enterprise.county_id", "enterprise.id"],
            name=op.f("fk_inspection_plan_county_id_enterprise_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "matter_id"],
            ["inspection_matter.county_id", "inspection_matter.id"],
            name=op.f("fk_inspection_plan_county_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "recheck_of_id"],
            ["inspection_plan.county_id", "inspection_plan.id"],
            name=op.f("fk_inspection_plan_county_id_recheck_of_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_inspection_plan_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_plan")),
        sa.UniqueConstraint("county_id", "code_digest", name=op.f("uq_inspection_plan_county_id_code_digest")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_inspection_plan_county_id_id")),
        sa.UniqueConstraint("county_id", "number", name=op.f("uq_inspection_plan_county_id_number")),
    )
    with op.batch_alter_table("inspection_plan", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_plan_body", ["body_id", "state", "first_on", "id"], unique=False)
        batch_op.create_index("ix_inspection_plan_enterprise", ["enterprise_id", "first_on"], unique=False)
        batch_op.create_index("ix_inspection_plan_group", ["county_id", "group_code"], unique=False)

    op.create_table(
        "inspector",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("certificate", sa.String(length=60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("account_id IS NOT NULL OR name <> ''", name=op.f("ck_inspector_named")),
        sa.CheckConstraint("from_on <= valid_until_on", name=op.f("ck_inspector_in_order")),
        sa.CheckConstraint('length("certificate") <= 60', name=op.f("ck_inspector_certificate_length")),
        sa.CheckConstraint('length("name") <= 60', name=op.f("ck_inspector_name_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "account_id"], ["account.county_id", "account.id"], name=op.f("fk_inspector_county_id_account_id")
        ),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_inspector_county_id_body_id")),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_inspector_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspector")),
        sa.UniqueConstraint("county_id", "certificate", name=op.f("uq_inspector_county_id_certificate")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_inspector_county_id_id")),
    )
    with op.batch_alter_table("inspector", schema=None) as batch_op:
        batch_op.create_index("ix_inspector_account", ["account_id"], unique=False)
        batch_op.create_index("ix_inspector_body", ["body_id", "certificate"], unique=False)

    op.create_table(
        "inspector_conflict",
        sa.Column("inspector_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint('length("reason") <= 200', name=op.f("ck_inspector_conflict_reason_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "enterprise_id"],
            ["enterprise.county_id", "enterprise.id"],
            name=op.f("fk_inspector_conflict_county_id_enterprise_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "inspector_id"],
            ["inspector.county_id", "inspector.id"],
            name=op.f("fk_inspector_conflict_county_id_inspector_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_inspector_conflict_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspector_conflict")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_inspector_conflict_county_id_id")),
        sa.UniqueConstraint("inspector_id", "enterprise_id", name=op.f("uq_inspector_conflict_inspector_id_enterprise_id")),
    )
    op.create_table(
        "plan_event",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('drafted', 'changed', 'submitted', 'approved', 'refused', 'filed', 'cancelled', 'code_issued', 'code_shown', 'entered', 'left', 'recorded', 'told', 'refused_at_door', 'reported', 'explained', 'rated', 'ordered', 'order_checked', 'penalised')",
            name=op.f("ck_plan_event_kind_known"),
        ),
        sa.CheckConstraint("kind NOT IN ('approved', 'refused') OR office_id IS NOT NULL", name=op.f("ck_plan_event_of_office")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_plan_event_kind_length")),
        sa.ForeignKeyConstraint(
            ["county_id", "actor_id"], ["account.county_id", "account.id"], name=op.f("fk_plan_event_county_id_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_plan_event_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "plan_id"], ["inspection_plan.county_id", "inspection_plan.id"], name=op.f("fk_plan_event_county_id_plan_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_plan_event_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_event")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_plan_event_county_id_id")),
        sa.UniqueConstraint("plan_id", "seq", name=op.f("uq_plan_event_plan_id_seq")),
    )
    with op.batch_alter_table("plan_event", schema=None) as batch_op:
        batch_op.create_index("ix_plan_event_kind", ["county_id", "kind", "at"], unique=False)

    op.create_table(
        "plan_inspector",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("inspector_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "inspector_id"], ["inspector.county_id", "inspector.id"], name=op.f("fk_plan_inspector_county_id_inspector_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "plan_id"], ["inspection_plan.county_id", "inspection_plan.id"], name=op.f("fk_plan_inspector_county_id_plan_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_plan_inspector_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_inspector")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_plan_inspector_county_id_id")),
        sa.UniqueConstraint("plan_id", "inspector_id", name=op.f("uq_plan_inspector_plan_id_inspector_id")),
    )
    with op.batch_alter_table("plan_inspector", schema=None) as batch_op:
        batch_op.create_index("ix_plan_inspector_inspector", ["inspector_id", "plan_id"], unique=False)

    op.create_table(
        "yearly_plan",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(published_at IS NULL) = (office_id IS NULL)", name=op.f("ck_yearly_plan_published_by_office")),
        sa.CheckConstraint('length("reason") <= 500', name=op.f("ck_yearly_plan_reason_length")),
        sa.ForeignKeyConstraint(["county_id", "body_id"], ["body.county_id", "body.id"], name=op.f("fk_yearly_plan_county_id_body_id")),
        sa.ForeignKeyConstraint(
            ["county_id", "imported_by_id"], ["account.county_id", "account.id"], name=op.f("fk_yearly_plan_county_id_imported_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "office_id"], ["office.county_id", "office.id"], name=op.f("fk_yearly_plan_county_id_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "published_by_id"], ["account.county_id", "account.id"], name=op.f("fk_yearly_plan_county_id_published_by_id")
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_yearly_plan_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_plan")),
        sa.UniqueConstraint("body_id", "year", "edition", name=op.f("uq_yearly_plan_body_id_year_edition")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_yearly_plan_county_id_id")),
    )
    op.create_table(
        "yearly_plan_line",
        sa.Column("yearly_plan_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("share_tenths", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("months", sa.String(length=40), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('routine', 'individual', 'special')", name=op.f("ck_yearly_plan_line_kind_known")),
        sa.CheckConstraint('length("kind") <= 20', name=op.f("ck_yearly_plan_line_kind_length")),
        sa.CheckConstraint('length("months") <= 40', name=op.f("ck_yearly_plan_line_months_length")),
        sa.CheckConstraint("number BETWEEN 0 AND 100000", name=op.f("ck_yearly_plan_line_number")),
        sa.CheckConstraint("share_tenths BETWEEN 0 AND 1000", name=op.f("ck_yearly_plan_line_share")),
        sa.ForeignKeyConstraint(
            ["county_id", "matter_id"],
            ["inspection_matter.county_id", "inspection_matter.id"],
            name=op.f("fk_yearly_plan_line_county_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "yearly_plan_id"],
            ["yearly_plan.county_id", "yearly_plan.id"],
            name=op.f("fk_yearly_plan_line_county_id_yearly_plan_id"),
        ),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f("fk_yearly_plan_line_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_plan_line")),
        sa.UniqueConstraint("county_id", "id", name=op.f("uq_yearly_plan_line_county_id_id")),
        sa.UniqueConstraint("yearly_plan_id", "seq", name=op.f("uq_yearly_plan_line_yearly_plan_id_seq")),
    )
    _unguard()
    with op.batch_alter_table("inspection_visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("is_recheck", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("is_announced", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("outcome", sa.String(length=20), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_inspection_visit_plan_id"), ["plan_id"])
        batch_op.create_check_constraint(
            batch_op.f("ck_inspection_visit_outcome_known"),
            "outcome IN ('nothing_found', 'correction', 'penalty', 'case_filed', 'turned_away')",
        )
        batch_op.create_check_constraint(batch_op.f("ck_inspection_visit_outcome_length"), 'length("outcome") <= 20')
        batch_op.create_check_constraint(batch_op.f("ck_inspection_visit_entered_before_left"), "left_at IS NULL OR entered_at IS NOT NULL")
        batch_op.create_foreign_key(
            batch_op.f("fk_inspection_visit_county_id_plan_id"), "inspection_plan", ["county_id", "plan_id"], ["county_id", "id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("inspection_visit", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_inspection_visit_entered_before_left"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_inspection_visit_outcome_length"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_inspection_visit_outcome_known"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_inspection_visit_county_id_plan_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_inspection_visit_plan_id"), type_="unique")
        batch_op.drop_column("outcome")
        batch_op.drop_column("left_at")
        batch_op.drop_column("entered_at")
        batch_op.drop_column("is_announced")
        batch_op.drop_column("is_recheck")
        batch_op.drop_column("plan_id")

    op.drop_table("yearly_plan_line")
    op.drop_table("yearly_plan")
    with op.batch_alter_table("plan_inspector", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_inspector_inspector")

    op.drop_table("plan_inspector")
    with op.batch_alter_table("plan_event", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_event_kind")

    op.drop_table("plan_event")
    op.drop_table("inspector_conflict")
    with op.batch_alter_table("inspector", schema=None) as batch_op:
        batch_op.drop_index("ix_inspector_body")
        batch_op.drop_index("ix_inspector_account")

    op.drop_table("inspector")
    with op.batch_alter_table("inspection_plan", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_plan_group")
        batch_op.drop_index("ix_inspection_plan_enterprise")
        batch_op.drop_index("ix_inspection_plan_body")

    op.drop_table("inspection_plan")
    with op.batch_alter_table("inspection_matter", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_matter_body")

    op.drop_table("inspection_matter")
    op.drop_table("inspecting_body")
    op.drop_table("discretion_benchmark")
