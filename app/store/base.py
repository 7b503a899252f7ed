"""The column types that every table is written in."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Numeric, Text
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Serial = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
Big = Annotated[int, mapped_column(BigInteger)]
Money = Annotated[Decimal, mapped_column(Numeric(14, 5))]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
Strings = Annotated[list[str], mapped_column(ARRAY(Text))]


def by_value(kind: type[Enum]) -> SqlEnum:
    """A text column that holds the enum's value, not its name."""
    return SqlEnum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """All tables. Rows are plain; a relationship never queries by itself."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text()}
