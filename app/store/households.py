"""Households: voters who share an address or a phone, found in set-based steps."""

from sqlalchemy import Connection, text

from app.domain.layout import CONFIDENTIAL

CROWD = 30
"""An address or a phone that more voters share is a nursing home, a dormitory or an office: it
joins nobody. Residents of a large address may still share a phone."""

PLACE = "coalesce(nullif({0}postcode, ''), {0}city)"
"""With the street it makes an address one of its kind; the city stands in where no postcode is."""

PHONES = ("phone", "phone2", "phone3")

SHARED = ("id", "address", "city", "postcode", *PHONES)
"""What of a voter decides who shares the household."""


def no_neighbors(connection: Connection) -> None:
    """Where no voter was on file before, nobody's household can change."""
    columns = ", ".join(SHARED)
    connection.execute(
        text(
            "CREATE TEMP TABLE neighbors ON COMMIT DROP AS "
            f"SELECT {columns} FROM arriving WITH NO DATA"
        )
    )


def find_neighbors(connection: Connection, source: str) -> None:
    """Known voters whose household may change, since someone joins or leaves it."""
    no_neighbors(connection)
    columns = ", ".join(SHARED)
    ours = " UNION ".join(
        f"SELECT {phone} AS phone FROM arriving WHERE {phone} IS NOT NULL" for phone in PHONES
    )
    by_phone = "\nUNION\n".join(
        f"SELECT household_id FROM voters JOIN numbers ON numbers.phone = voters.{phone}"
        for phone in PHONES
    )
    connection.execute(
        text(
            f"""
            INSERT INTO neighbors
            WITH numbers AS ({ours}),
            homes AS (
                SELECT household_id FROM voters JOIN leaving USING (source_id)
                WHERE voters.source = :source AND leaving.status = '{CONFIDENTIAL}'
                UNION
                SELECT household_id FROM voters JOIN arriving USING (id)
                UNION
                {by_phone}
                UNION
                SELECT household_id FROM voters JOIN arriving
                  ON arriving.address = voters.address
                 AND {PLACE.format("arriving.")} = {PLACE.format("voters.")}
                WHERE arriving.address <> ''
            )
            SELECT {columns}
            FROM voters JOIN homes USING (household_id)
            WHERE NOT EXISTS (SELECT FROM arriving WHERE arriving.id = voters.id)
            """
        ),
        {"source": source},
    )


def label(connection: Connection) -> None:
    """Households as connected groups: `labels` by address, `roots` where phones tie labels.

    A label is the smallest voter id at the address. Few labels are tied by a phone, so the walk
    from label to label, until nothing changes, goes over those alone.
    """
    phones = ", ".join(PHONES)
    # An address is known by a 64-bit hash, a tenth of its bytes to group by; two of a million meet
    # by chance once in 30 million files.
    home = f"hashtextextended(address || '|' || {PLACE.format('')}, 0)"
    person = f"id, CASE WHEN address <> '' THEN {home} END AS home, {phones}"
    connection.execute(
        text(
            f"""
            CREATE TEMP TABLE people ON COMMIT DROP AS
            SELECT {person} FROM arriving UNION ALL SELECT {person} FROM neighbors
            """
        )
    )
    connection.execute(text("ANALYZE people"))
    connection.execute(
        text(
            f"""
            CREATE TEMP TABLE labels ON COMMIT DROP AS
            WITH homes AS (
                SELECT home, min(id) AS label FROM people WHERE home IS NOT NULL
                GROUP BY home HAVING count(*) BETWEEN 2 AND {CROWD}
            )
            SELECT id, coalesce(label, id) AS label, {phones}
            FROM people LEFT JOIN homes USING (home)
            """
        )
    )
    numbers = " UNION ALL ".join(
        f"SELECT label, {phone} AS phone FROM labels WHERE {phone} IS NOT NULL" for phone in PHONES
    )
    connection.execute(
        text(
            f"""
            CREATE TEMP TABLE ties ON COMMIT DROP AS
            WITH numbers AS ({numbers})
            SELECT DISTINCT numbers.label, shared.label AS other
            FROM numbers JOIN (
                SELECT phone, min(label) AS label FROM numbers
                GROUP BY phone HAVING count(*) <= {CROWD} AND min(label) < max(label)
            ) AS shared USING (phone)
            WHERE numbers.label <> shared.label
            """
        )
    )
    _spread(connection)


def _spread(connection: Connection) -> None:
    """Give each tied label the smallest label that it is tied to, over any number of steps."""
    connection.execute(
        text(
            """
            CREATE TEMP TABLE roots ON COMMIT DROP AS
            SELECT label, label AS root FROM (SELECT label FROM ties UNION SELECT other FROM ties)
            AS tied
            """
        )
    )
    for table in ("labels", "ties", "roots"):
        connection.execute(text(f"ANALYZE {table}"))
    spread = text(
        """
        UPDATE roots SET root = nearest.root
        FROM (
            SELECT ways.label, min(roots.root) AS root
            FROM (SELECT label, other FROM ties UNION ALL SELECT other, label FROM ties) AS ways
            JOIN roots ON roots.label = ways.other
            GROUP BY ways.label
        ) AS nearest
        WHERE nearest.label = roots.label AND nearest.root < roots.root
        """
    )
    jump = text(
        """
        UPDATE roots SET root = farther.root FROM roots AS farther
        WHERE farther.label = roots.root AND farther.root < roots.root
        """
    )
    while connection.execute(spread).rowcount:
        while connection.execute(jump).rowcount:
            pass


def move_neighbors(connection: Connection) -> None:
    """Write the households of the neighbors that changed."""
    connection.execute(
        text(
            """
            UPDATE voters SET household_id = coalesce(roots.root, labels.label)
            FROM neighbors JOIN labels USING (id) LEFT JOIN roots USING (label)
            WHERE voters.id = neighbors.id
              AND voters.household_id IS DISTINCT FROM coalesce(roots.root, labels.label)
            """
        )
    )
