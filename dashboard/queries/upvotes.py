"""What readers vote for. Every count here was read at the age of `filters.age`, so that papers can be compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries import prepared
from dashboard.queries.matching import ask
from dashboard.queries.papers import LIST, NAMED
from dashboard.queries.prepared import LISTED, Connection
from etl.contract import AGES

# Both ends included; the last is open.
BINS = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 7), (8, 10), (11, 15), (16, 20), (21, 30), (31, 50), (51, 75), (76, 100),
        (101, 200), (201, None))  # fmt: skip

# What upvotes are counted by, see `upvote_counts`.
COUNTED_BY = ("month", "topic_id", "weekday", "week")

# Days until a count settled, likewise.
SETTLING_BINS = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 6), (7, 9), (10, 13), (14, None))

_HIGHEST = 98.5  # percentile; what is rounded to 99 and more

# Most papers have a comment or none, so the quartiles of comments say little.
_DECILES = """
    count(*) AS papers,
    quantile_cont(comments, 0.1) AS low,
    median(comments) AS median,
    quantile_cont(comments, 0.9) AS high
"""


def readings_by_age(connection: Connection, filters: Filters) -> pd.DataFrame:
    """How many papers match at each age, where what is asked of upvotes is asked of the reading at that age.

    Columns: age (of contract.AGES; none without such a paper), papers.
    """
    query = "SELECT age, count(*) AS papers FROM matching GROUP BY age"
    counted = ask(connection, filters, query, every_age=True)
    # In the order of AGES.
    return counted.sort_values("age", key=lambda ages: ages.map(list(AGES).index), ignore_index=True)


def upvote_counts(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Papers by number of upvotes, and by month of publication, topic, weekday and week of listing, each by itself.

    Columns: by (the place in COUNTED_BY of what this row is counted by), month, topic_id, weekday (1 for Monday), week
    (its Monday; all but the one counted by are NA, and that is NA without a date), upvotes, papers; in their order.
    """
    return ask(
        connection,
        filters,
        f"""
        , dated AS (
            SELECT
                date_trunc('month', published_on)::DATE AS month,
                topic_id,
                isodow({LISTED}) AS weekday,
                date_trunc('week', {LISTED})::DATE AS week,
                upvotes
            FROM matching
            WHERE upvotes IS NOT NULL
        )
        SELECT
            CASE 0
                WHEN grouping(month) THEN 0 WHEN grouping(topic_id) THEN 1 WHEN grouping(weekday) THEN 2 ELSE 3
            END AS by,
            month, topic_id, weekday, week, upvotes, count(*) AS papers
        FROM dated
        GROUP BY GROUPING SETS ((month, upvotes), (topic_id, upvotes), (weekday, upvotes), (week, upvotes))
        ORDER BY ALL
        """,  # noqa: S608 - constants only
        read=True,
    )


def settling(connection: Connection, filters: Filters, days: int) -> pd.DataFrame:
    """How much of its settled count a paper has so many days after listing, over papers read more than once.

    A paper's settled count is its reading at the age 'settled'; papers whose settled count is 0 have no ratio. Of
    several looks at one age the latest counts. At ages of 14 days or more the settled reading itself takes part.

    Columns: age_days (0 to days), papers, low, median, high (quartiles of count / settled count).
    """
    return ask(
        connection,
        filters,
        """
        SELECT
            age_days,
            count(*) AS papers,
            quantile_cont(ratio, 0.25) AS low,
            median(ratio) AS median,
            quantile_cont(ratio, 0.75) AS high
        FROM memory.main.looks JOIN matching ON paper = number
        WHERE age_days BETWEEN 0 AND $days
        GROUP BY age_days
        ORDER BY age_days
        """,
        needs=(prepared.looks,),
        days=days,
    )


def settling_times(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Papers by the full days after which their count had settled (95 % of it), as `upvote_settling` has them.

    Columns: low, high (days, both included; NA where open; both NA for papers read too seldom to tell), papers.
    """
    bins = pd.DataFrame(SETTLING_BINS, columns=["low", "high"]).astype("Int32")
    counted = ask(
        connection,
        filters,
        """
        SELECT bin.low, count(*) AS papers
        FROM matching
        JOIN upvote_settling AS settling USING (paper_id)
        LEFT JOIN (SELECT unnest($lows::INTEGER[]) AS low, unnest($highs::INTEGER[]) AS high) AS bin
            ON floor(settled_days) BETWEEN bin.low AND coalesce(bin.high, settled_days)
        GROUP BY bin.low
        """,
        lows=[low for low, _ in SETTLING_BINS],
        highs=[high for _, high in SETTLING_BINS],
    ).astype({"low": "Int32"})
    unknown = pd.DataFrame({"low": [pd.NA], "high": [pd.NA]}, dtype="Int32")
    every = pd.concat([bins, unknown], ignore_index=True)
    return every.merge(counted, how="left", on="low").fillna({"papers": 0}).astype({"papers": int})


def standing(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The papers that stood highest among those of their own week, all weeks taken together.

    A rank within the week compares papers that the same readers had before them, whenever that was. It is rounded to
    whole per cents, since the first of a large week would else stand before that of a small one; then excess decides.

    Columns: title, week (its Monday), topic (label), upvotes (read at filters.age), expected (by age, weekday, month
    and papers of the day), percentile (mid-rank among the week's papers, in hundredths), peers (how many those are),
    url (None unless http or https), paper_id.
    """
    # Most often the highest hundredth has papers enough; looking through all takes many times as long.
    for least in (_HIGHEST, 0.0):
        found = _standing(connection, filters, limit, least)
        if len(found) >= limit:
            return found
    return found


def _standing(connection: Connection, filters: Filters, limit: int, least: float) -> pd.DataFrame:
    return ask(
        connection,
        filters,
        """
        , highest AS (
            SELECT compared.* EXCLUDE (age, read_upvotes, read_comments), paper_id, topic_id, matching.upvotes
            FROM matching JOIN memory.main.standings AS compared USING (number)
            WHERE compared.age = $at AND percentile >= $least
            ORDER BY round(percentile) DESC, excess DESC, paper_id
            LIMIT $limit
        )
        SELECT
            title, week, label AS topic, highest.upvotes, expected, round(percentile) / 100 AS percentile, peers,
            CASE WHEN regexp_matches(url, '^https?://', 'i') THEN url END AS url, highest.paper_id
        FROM highest
        JOIN papers ON papers.rowid = number
        LEFT JOIN topics ON topics.topic_id = highest.topic_id
        ORDER BY round(percentile) DESC, excess DESC, highest.paper_id
        """,
        needs=(prepared.standings,),
        read=True,
        at=filters.age,
        limit=limit,
        least=least,
    )


def looks(connection: Connection, paper_id: str) -> pd.DataFrame:
    """Every look at a paper's counters, the oldest first.

    Columns: observed_at (UTC), age_days (full days since its day of listing, else of publication; NA without either),
    upvotes, comments (each NA where unknown).
    """
    return connection.execute(
        f"""
        SELECT observed.observed_at, date_diff('day', {LISTED}, observed.observed_at::DATE) AS age_days,
            observed.upvotes, observed.comments
        FROM upvote_observations AS observed JOIN papers USING (paper_id)
        WHERE paper_id = $paper_id AND coalesce(observed.upvotes, observed.comments) IS NOT NULL
        ORDER BY observed.observed_at
        """,  # noqa: S608 - constants only
        {"paper_id": paper_id},
    ).df()


# ---- comments: of papers whose number is known; of the others nothing is said ----


def comments_known(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Of how many papers comments are known, and how upvotes and comments go together, in one row.

    Columns: papers (read at the age), known (with comments known), rank_correlation (Spearman's, of those; NaN where
    either is the same for all).
    """
    return ask(
        connection,
        filters,
        """
        , placed AS (
            SELECT
                comments,
                rank() OVER (ORDER BY upvotes) + (count(*) OVER (PARTITION BY upvotes) - 1) / 2 AS by_upvotes,
                rank() OVER (ORDER BY comments) + (count(*) OVER (PARTITION BY comments) - 1) / 2 AS by_comments
            FROM matching
            WHERE comments IS NOT NULL
        )
        SELECT
            (SELECT count(*) FROM matching) AS papers,
            count(*) AS known,
            corr(by_upvotes, by_comments) AS rank_correlation
        FROM placed
        """,
        read=True,
    )


def comments_by_month(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Comments by month of publication, of papers whose number is known.

    Columns: month, papers, low, median, high (first and last decile), partial.
    """
    return ask(
        connection,
        replace(filters, discussed=True),
        f"""
        SELECT month, {_DECILES}, any_value(partial) AS partial
        FROM matching
        JOIN topic_months ON topic_months.topic_id = -1 AND month = date_trunc('month', published_on)
        GROUP BY month
        ORDER BY month
        """,  # noqa: S608 - constants only
        read=True,
    )


def comments_by_upvotes(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Comments of papers with so many upvotes, both read in one look; bins without a paper are left out.

    Columns: from_upvotes, until_upvotes (both included; NA where open), papers, low, median, high (first and last
    decile).
    """
    return ask(
        connection,
        replace(filters, discussed=True),
        f"""
        SELECT bin.from_upvotes, bin.until_upvotes, {_DECILES}
        FROM matching
        JOIN (SELECT unnest($lows::INTEGER[]) AS from_upvotes, unnest($highs::INTEGER[]) AS until_upvotes) AS bin
            ON upvotes BETWEEN bin.from_upvotes AND coalesce(bin.until_upvotes, upvotes)
        GROUP BY ALL
        ORDER BY bin.from_upvotes
        """,  # noqa: S608 - constants only
        read=True,
        lows=[low for low, _ in BINS],
        highs=[high for _, high in BINS],
    ).astype({"from_upvotes": "Int32", "until_upvotes": "Int32"})


def week_top(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The most upvoted papers listed in the week `filters.week`.

    Columns: title, listed_on, topic (label), organization, upvotes, percentile (share of the week's papers, 0 to 1,
    that have no more upvotes), url (None unless http or https), paper_id.
    """
    return ask(
        connection,
        filters,
        f"""
        , week AS (
            SELECT
                *, round(cume_dist() OVER (ORDER BY upvotes), 2) AS percentile,
                row_number() OVER (ORDER BY upvotes DESC, {LISTED}, paper_id) AS place
            FROM matching
            WHERE {LISTED} >= $monday::DATE AND {LISTED} < $monday::DATE + 7
            QUALIFY place <= $limit
        )
        SELECT
            title, coalesce(week.listed_on, week.published_on) AS listed_on, label AS topic, week.organization,
            week.upvotes, percentile, CASE WHEN regexp_matches(url, '^https?://', 'i') THEN url END AS url,
            week.paper_id
        FROM week
        JOIN papers ON papers.rowid = number
        LEFT JOIN topics ON topics.topic_id = week.topic_id
        ORDER BY place
        """,  # noqa: S608 - constants only
        read=True,
        limit=limit,
        monday=filters.week,
    )


def week_upvoted(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The most upvoted papers asked for of the last complete week of listing, by how they stood among all its papers.

    A week is complete once its source is covered to its end. All were read at one age: that at which most of the
    week's papers were read; of equals the oldest. A week with too few papers to compare is passed over.

    The columns are those of `papers`, with the upvotes and comments read then, and week (its Monday), age (of
    contract.AGES), percentile (mid-rank among the papers of the week, 0 to 100) and peers (how many those are).
    """
    # Most often a paper of the last weeks matches; looking through all weeks takes many times as long.
    for since in (_weeks_before(connection, 4), date.min):
        found = _week_upvoted(connection, filters, limit, since)
        if len(found):
            return found
    return found


def _weeks_before(connection: Connection, weeks: int) -> date:
    """The Monday so many weeks before the last that has comparable upvotes; the first day there is where none has."""
    prepared.standings(connection)
    found = connection.execute(
        "SELECT max(week) - 7 * $weeks FROM memory.main.standings", {"weeks": weeks}
    ).fetchall()
    return found[0][0] or date.min


def _week_upvoted(connection: Connection, filters: Filters, limit: int, since: date) -> pd.DataFrame:
    return ask(
        connection,
        filters,
        f"""
        , ends AS (SELECT source, max(covered_until) AS covered_until FROM coverage GROUP BY source),
        compared AS (
            SELECT number, standing.age, week, peers, percentile, excess, read_upvotes, read_comments
            FROM memory.main.standings AS standing JOIN matching USING (number) JOIN ends USING (source)
            WHERE week + INTERVAL 7 DAY <= covered_until AND week >= $since
        ),
        chosen AS (
            SELECT week, age FROM compared GROUP BY week, age
            ORDER BY week DESC, max(peers) DESC, list_position($ages::VARCHAR[], age) DESC
            LIMIT 1
        ),
        page AS (
            SELECT
                matching.* REPLACE (read_upvotes AS upvotes, read_comments AS comments),
                compared.* EXCLUDE (number, excess, read_upvotes, read_comments),
                row_number() OVER (ORDER BY percentile DESC, excess DESC, paper_id) AS place
            FROM matching
            JOIN compared USING (number)
            JOIN chosen USING (week, age)
            QUALIFY place <= $limit
        )
        {NAMED}
        SELECT listed.*, page.week, page.age, page.percentile, page.peers
        FROM ({LIST}) AS listed JOIN page USING (paper_id)
        ORDER BY page.place
        """,  # noqa: S608 - constants only
        needs=(prepared.standings,),
        limit=limit,
        ages=list(AGES),
        since=since,
    )
