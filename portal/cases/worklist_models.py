"""The lines of the worklists: which open case stands in which box, with what a list orders and filters by. A projection of the events."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, one_of, refers
from portal.rules.lifecycle import State
from portal.rules.worklist import Box, Group

OWNED = ("box", "owner_id")
ORDER = ("order_on", "case_id")


class WorkLine(Base):
    """An open case in a box, from a day on until a day: an effect of law changes it on a day that is known before (C-3).

    `owner_id` is whose box it is: a window, for *mine* an account, for *point* a service point. `window_id` is the window by which the
    case stands there. `order_on` is the due day, in the box of warnings the day since which it has had a color. With all that a list
    shows in it, and its key in the order of the lists, a page reads rows that lie together, however many cases there are.
    """

    __tablename__ = "work_line"
    __table_args__ = (
        sa.PrimaryKeyConstraint(*OWNED, *ORDER, "from_on"),
        sa.UniqueConstraint("case_id", "box", "owner_id", "from_on"),
        one_of("box", Box),
        one_of("state_group", Group),
        one_of("state", State),
        sa.CheckConstraint("from_on < until_on", name="lasts"),
        refers("case_id", "case"),
        refers("window_id", "window"),
        refers("item_id", "item"),
        refers("version_id", "item_version"),
        # the key is the order of a box alone and by a due day; one for any filter or pair of them; see docs/decisions/0007-worklists.md
        sa.Index("ix_work_line_group", *OWNED, "state_group", *ORDER),
        sa.Index("ix_work_line_item", *OWNED, "item_id", *ORDER),
        sa.Index("ix_work_line_received", *OWNED, "received_on", *ORDER),
        sa.Index("ix_work_line_group_item", *OWNED, "state_group", "item_id", *ORDER),
        sa.Index("ix_work_line_group_received", *OWNED, "state_group", "received_on", *ORDER),
        sa.Index("ix_work_line_item_received", *OWNED, "item_id", "received_on", *ORDER),
        sa.Index("ix_work_line_warned_due", *OWNED, "due_on", *ORDER),
        {"info": {"retention": "case", "append_only": False}, "sqlite_with_rowid": False},
    )
    box: Mapped[str] = mapped_column(sa.String(10))
    owner_id: Mapped[int]
    order_on: Mapped[date]
    case_id: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date]
    county_id: Mapped[int] = mapped_column(sa.ForeignKey("county.id"))
    window_id: Mapped[int]
    item_id: Mapped[int]
    version_id: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(30))
    case_version: Mapped[int]  # what a form is drawn from (C-23)
    masked_name: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(20))
    state_group: Mapped[str] = mapped_column(sa.String(20))
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    received_on: Mapped[date]  # when the papers were taken in
    due_on: Mapped[date]
    yellow_on: Mapped[date | None]
    red_on: Mapped[date | None]
    overdue_on: Mapped[date | None]
    stopped_from: Mapped[date | None]
    stopped_until: Mapped[date | None]
    urgent_until: Mapped[date | None]
    is_provisional: Mapped[bool]
