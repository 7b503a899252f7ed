"""Sheets: call sheets and door lists on paper, line by line."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial


class Sheet(Base):
    """One printed list. Its code stands on every page."""

    __tablename__ = "sheets"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    kind: Mapped[str]  # calls | doors
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    filter: Mapped[Json] = mapped_column(server_default="{}")  # a universe; see domain.universe
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]
    held_until: Mapped[Instant | None]  # campaign time until which nobody else calls its voters

    __table_args__ = (Index("ix_sheets_campaign", "campaign_id", "created_at"),)


class SheetLine(Base):
    """One voter on a sheet, and what was entered of them."""

    __tablename__ = "sheet_lines"

    sheet_id: Mapped[Big] = mapped_column(
        ForeignKey("sheets.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    voter_id: Mapped[Big] = mapped_column(index=True)
    touch_id: Mapped[Big | None]  # the call that the sheet holds
    result: Mapped[str] = mapped_column(server_default="")  # its code; empty: nothing entered
    entered_by: Mapped[Big | None]
    entered_at: Mapped[Instant | None]
