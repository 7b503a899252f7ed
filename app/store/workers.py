"""What keeps time and who is alive: worker heartbeats, their jobs, the shared clock's anchor."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Instant, Serial


class Worker(Base):
    """A worker process and its last sign of life, in machine time."""

    __tablename__ = "workers"

    id: Mapped[Serial]
    name: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[Instant]
    beat_at: Mapped[Instant]
    doing: Mapped[str] = mapped_column(server_default="")  # the job that has run longest
    doing_since: Mapped[Instant | None]  # machine time
    ended_at: Mapped[Instant | None]

    __table_args__ = (UniqueConstraint("name"),)


class ClockAnchor(Base):
    """Where the campaign clock stands; absent = the wall clock. One row at most."""

    __tablename__ = "clock_anchor"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_at: Mapped[Instant]  # the campaign's time …
    wall_at: Mapped[Instant]  # … at this machine time
    speed: Mapped[float]  # campaign seconds a machine second; 0 = held
    night: Mapped[str] = mapped_column(server_default="")  # 21:00-08:00: hours that are skipped
    zone: Mapped[str] = mapped_column(server_default="UTC")
