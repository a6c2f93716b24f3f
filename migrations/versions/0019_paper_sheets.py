"""Numbered paper sheets, findings of double intake, and review points compared."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _of_county(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county_id"], ["county.id"], name=op.f(f"fk_{table}_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("county_id", "id", name=op.f(f"uq_{table}_county_id_id")),
    ]


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county_id", column], [f"{other}.county_id", f"{other}.id"], name=op.f(f"fk_{table}_county_id_{column}")
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _length(table: str, column: str, most: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f'length("{column}") <= {most}', name=op.f(f"ck_{table}_{column}_length"))


def _known(table: str, column: str, *codes: str) -> sa.CheckConstraint:
    known = ", ".join(f"'{code}'" for code in codes)
    return sa.CheckConstraint(f"{column} IN ({known})", name=op.f(f"ck_{table}_{column}_known"))


def upgrade() -> None:
    op.create_table(
        "sheet_block",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        *_of_county("sheet_block"),
        _unique("sheet_block", "county_id", "year", "first"),
        sa.CheckConstraint("first > 0 AND last >= first AND last - first < 50", name=op.f("ck_sheet_block_in_order")),
        _refers("sheet_block", "point_id", "service_point"),
        _refers("sheet_block", "issued_by_id", "account"),
        _refers("sheet_block", "office_id", "office"),
    )
    op.create_index("ix_sheet_block_point", "sheet_block", ["point_id", "id"])
    op.create_table(
        "paper_sheet",
        sa.Column("block_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=10), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("written_at", MOMENT, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        *_of_county("paper_sheet"),
        _unique("paper_sheet", "county_id", "year", "serial"),
        _unique("paper_sheet", "case_id"),
        _known("paper_sheet", "reason", "line", "power", "other"),
        _length("paper_sheet", "reason", 10),
        _length("paper_sheet", "note", 300),
        sa.CheckConstraint(
            "(case_id IS NOT NULL AND reason IS NOT NULL AND written_at IS NOT NULL AND due_on IS NOT NULL)"
            " OR (case_id IS NULL AND reason IS NULL AND written_at IS NULL AND due_on IS NULL AND NOT is_late)",
            name=op.f("ck_paper_sheet_used_or_cancelled"),
        ),
        _refers("paper_sheet", "block_id", "sheet_block"),
        _refers("paper_sheet", "point_id", "service_point"),
        _refers("paper_sheet", "case_id", "case"),
        _refers("paper_sheet", "window_id", "window"),
        _refers("paper_sheet", "entered_by_id", "account"),
    )
    op.create_index("ix_paper_sheet_point", "paper_sheet", ["point_id", "id"])
    op.create_index("ix_paper_sheet_block", "paper_sheet", ["block_id", "serial"])
    op.create_table(
        "sheet_photo",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        *_of_county("sheet_photo"),
        _unique("sheet_photo", "sheet_id"),
        _refers("sheet_photo", "sheet_id", "paper_sheet"),
        _refers("sheet_photo", "attachment_id", "attachment"),
    )
    op.create_table(
        "intake_count",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("from_sheets", sa.Integer(), nullable=False),
        *_of_county("intake_count"),
        _unique("intake_count", "county_id", "year", "point_id"),
        _refers("intake_count", "point_id", "service_point"),
    )
    # what began before is counted once, by the year in the case's number; none of it came from a sheet
    op.execute(
        "INSERT INTO intake_count (county_id, year, point_id, cases, from_sheets)"
        ' SELECT "case".county_id, CAST(substr("case".number, length(county.code) + 2, 4) AS INTEGER) AS year, "case".point_id, count(*), 0'
        ' FROM "case" JOIN county ON county.id = "case".county_id'
        ' GROUP BY "case".county_id, CAST(substr("case".number, length(county.code) + 2, 4) AS INTEGER), "case".point_id'
    )
    op.create_table(
        "intake_finding",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("found_by_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        *_of_county("intake_finding"),
        _unique("intake_finding", "county_id", "body_id", "number"),
        _known("intake_finding", "source", "import", "certificate", "complaint", "other"),
        _known("intake_finding", "state", "open", "answered", "upheld", "dismissed"),
        _length("intake_finding", "source", 20),
        _length("intake_finding", "number", 80),
        _length("intake_finding", "said", 500),
        _length("intake_finding", "state", 10),
        _refers("intake_finding", "body_id", "body"),
        _refers("intake_finding", "item_id", "item"),
        _refers("intake_finding", "found_by_id", "account"),
        _refers("intake_finding", "office_id", "office"),
    )
    op.create_index("ix_intake_finding_body", "intake_finding", ["body_id", "state", "id"])
    op.create_index("ix_intake_finding_state", "intake_finding", ["county_id", "state", "id"])
    op.create_table(
        "intake_step",
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        *_of_county("intake_step"),
        _unique("intake_step", "finding_id", "step"),
        _known("intake_step", "step", "open", "answered", "upheld", "dismissed"),
        _length("intake_step", "step", 10),
        _length("intake_step", "said", 500),
        _refers("intake_step", "finding_id", "intake_finding"),
        _refers("intake_step", "by_id", "account"),
    )
    op.create_table(
        "review_outcome",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("point_seq", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("not_met", sa.Integer(), nullable=False),
        *_of_county("review_outcome"),
        _unique("review_outcome", "county_id", "version_id", "point_seq", "window_id"),
        _refers("review_outcome", "version_id", "item_version"),
        _refers("review_outcome", "window_id", "window"),
    )
    op.create_index("ix_review_outcome_version", "review_outcome", ["version_id", "point_seq"])
    _count_what_was_reviewed()
    op.create_table(
        "review_refusal",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("point_seq", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        *_of_county("review_refusal"),
        _unique("review_refusal", "case_id", "event_seq"),
        _refers("review_refusal", "version_id", "item_version"),
        _refers("review_refusal", "case_id", "case"),
        _refers("review_refusal", "window_id", "window"),
    )
    op.create_index("ix_review_refusal_version", "review_refusal", ["version_id", "point_seq", "id"])


def _count_what_was_reviewed() -> None:
    """Reviews before this migration count too: what each window said of each point."""
    event = sa.table("case_event", *(sa.column(name, sa.Integer) for name in ("county_id", "case_id", "window_id")), sa.column("kind", sa.String), sa.column("payload", sa.JSON))  # fmt: skip
    case = sa.table("case", sa.column("id", sa.Integer), sa.column("version_id", sa.Integer))
    outcome = sa.table(
        "review_outcome", *(sa.column(name, sa.Integer) for name in ("county_id", "version_id", "point_seq", "window_id", "met", "not_met"))
    )
    query = sa.select(event.c.county_id, case.c.version_id, event.c.window_id, event.c.payload).join(case, case.c.id == event.c.case_id)
    counts: dict[tuple[int, int, int, int], list[int]] = {}
    for county_id, version_id, window_id, payload in op.get_bind().execute(
        query.where(event.c.kind == "reviewed", event.c.window_id.is_not(None))
    ):
        for line in (payload or {}).get("lines") or ():
            if isinstance(line.get("seq"), int):
                met = counts.setdefault((county_id, version_id, line["seq"], window_id), [0, 0])
                met[0 if line.get("met") else 1] += 1
    for (county_id, version_id, seq, window_id), (met, not_met) in sorted(counts.items()):
        values = {
            "county_id": county_id,
            "version_id": version_id,
            "point_seq": seq,
            "window_id": window_id,
            "met": met,
            "not_met": not_met,
        }
        op.execute(outcome.insert().values(**values))


def downgrade() -> None:
    for table in (
        "review_refusal",
        "review_outcome",
        "intake_step",
        "intake_finding",
        "intake_count",
        "sheet_photo",
        "paper_sheet",
        "sheet_block",
    ):
        op.drop_table(table)
