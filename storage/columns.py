"""Column types that SQLite and PostgreSQL store alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

from storage.errors import InvalidInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite counts rows upwards only for a column of type INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


def check_utc(value: datetime, name: str) -> datetime:
    """The same value, if it is an aware UTC datetime; else InvalidInput."""
    if value.utcoffset() != timedelta(0):
        raise InvalidInput(
            f"{name} {value.isoformat()} is not in UTC. Give an aware datetime in UTC."
        )
    return value


def to_microseconds(value: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (value - EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC datetimes as whole microseconds since 1970.

    Numbers, because SQLite has no time type, and because a tracklet's time of day is arithmetic
    on its video's start, done in SQL the same way on every database.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive and non-UTC values: a guess here would be wrong for good."""
        return None if value is None else to_microseconds(check_utc(value, "The time"))

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Back to an aware datetime."""
        return None if value is None else from_microseconds(value)


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)
