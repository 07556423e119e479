"""Topics over time: shares, verdicts, changes, and what explains and continues them."""

from __future__ import annotations

from etl.contract.table import Column, Table

TOPIC_MONTHS = Table(
    "topic_months",
    "a topic in a month; every topic has every month, and -1 counts the outliers",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic; -1 for the outliers"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("papers", "INTEGER NOT NULL", "its papers published in the month"),
        Column("corpus_papers", "INTEGER NOT NULL", "all dated papers of the month, outliers included"),
        Column("share", "DOUBLE", "papers / corpus_papers; NULL in a month without papers"),
        Column(
            "share_low",
            "DOUBLE",
            "lower end of the 95 % interval of the share (Wilson), widened where counts scatter more than by chance",
        ),
        Column("share_high", "DOUBLE", "upper end of it"),
        Column(
            "papers_low", "DOUBLE", "lower end of the 95 % interval of the papers expected in such a month"
        ),
        Column("papers_high", "DOUBLE", "upper end of it"),
        Column("upvotes_median", "DOUBLE", "median of the freshest upvotes of its papers"),
        Column("partial", "BOOLEAN NOT NULL", "true where coverage or the clock cuts the month"),
    ),
)


TOPIC_SIGNALS = Table(
    "topic_signals",
    "a topic's verdict over the window",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("signal", "VARCHAR NOT NULL", "'rising', 'falling', 'steady' or 'insufficient'"),
        Column("change", "DOUBLE", "ratio of the fitted shares, last month of the window / first"),
        Column("change_low", "DOUBLE", "lower end of its 95 % interval"),
        Column("change_high", "DOUBLE", "upper end of it"),
        Column("share_start", "DOUBLE", "fitted share in the window's first month"),
        Column("share_end", "DOUBLE", "fitted share in its last month"),
        Column(
            "p_value",
            "DOUBLE",
            "two-sided, of no change: where in the window the topic's papers lie, each source compared with itself, "
            "and beside its yearly season where it has one",
        ),
        Column(
            "q_value",
            "DOUBLE",
            "p_value with false discoveries controlled over all topics (Benjamini, Krieger and Yekutieli)",
        ),
        Column("papers", "INTEGER NOT NULL", "the topic's papers in the window"),
        Column("window_start", "DATE", "first month of the window; NULL without a complete month"),
        Column("window_end", "DATE", "last month of the window, its first day"),
    ),
)


TOPIC_CHANGES = Table(
    "topic_changes",
    "a topic's share comes to another level; none where it kept one level all along",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column(
            "kind",
            "VARCHAR NOT NULL",
            "'burst' (above the levels before and after), 'rise' (above the one before, not followed by a lower one) "
            "or 'fall' (below the one before)",
        ),
        Column("started_on", "DATE NOT NULL", "first month of the level"),
        Column("ended_on", "DATE", "last month of the level; NULL while it lasts"),
        Column("known_on", "DATE NOT NULL", "the first month by which the papers up to then show the change"),
        Column("months", "INTEGER NOT NULL", "months on the level, up to the last complete month"),
        Column("share_before", "DOUBLE NOT NULL", "share on the level before"),
        Column("share", "DOUBLE NOT NULL", "share on this level"),
    ),
)


TOPIC_FORECASTS = Table(
    "topic_forecasts",
    "a topic's share in the quarter after the last complete month, as forecast",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("quarter_start", "DATE NOT NULL", "first month of the quarter, its first day"),
        Column("quarter_end", "DATE NOT NULL", "last month of it, its first day"),
        Column("share", "DOUBLE NOT NULL", "forecast of papers / corpus papers of the quarter"),
        Column(
            "share_low",
            "DOUBLE NOT NULL",
            "lower end of its 80 % interval, the quarter's sampling noise included",
        ),
        Column("share_high", "DOUBLE NOT NULL", "upper end of it"),
        Column(
            "method",
            "VARCHAR NOT NULL",
            "the method that did best so far: see METHODS in etl/trends/forecast.py",
        ),
        Column(
            "skill",
            "DOUBLE",
            "1 - mean absolute error of past forecasts of this topic / that of the last observed share; NULL untested",
        ),
        Column("corpus_skill", "DOUBLE", "the same over all topics, errors in units of sampling noise"),
        Column(
            "coverage", "DOUBLE", "part of past quarters, of all topics, that lay within the 80 % interval"
        ),
        Column("tests", "INTEGER NOT NULL", "past quarters, overlapping, that were forecast and have passed"),
        Column(
            "shown",
            "BOOLEAN NOT NULL",
            "true where both skills are above 0: only then is it worth showing",
        ),
    ),
)


TOPIC_NEWNESS = Table(
    "topic_newness",
    "what is new about a topic",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("rank", "INTEGER NOT NULL", "by score; 1 for the newest"),
        Column(
            "kind", "VARCHAR NOT NULL", "'born' within the last year, 'accelerating', 'growing' or 'other'"
        ),
        Column("score", "DOUBLE NOT NULL", "the share surely grew to so many times what it was: growth_low"),
        Column(
            "growth", "DOUBLE", "share of the last quarter / of up to a year before; infinite from nothing"
        ),
        Column("growth_low", "DOUBLE", "lower end of its 95 % interval"),
        Column("growth_high", "DOUBLE", "upper end of it"),
        Column("q_value", "DOUBLE", "of no growth, false discoveries controlled over all topics"),
        Column("acceleration", "DOUBLE", "growth over the last two thirds of a year / over the first two"),
        Column(
            "acceleration_q", "DOUBLE", "of no acceleration, false discoveries controlled over all topics"
        ),
        Column("born_on", "DATE", "first month of its life; NULL where its birth was not seen"),
    ),
)


TOPIC_ATTRIBUTION = Table(
    "topic_attribution",
    "where a topic's change comes from: the corpus's growth, or up to three contributors of a kind",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column(
            "kind",
            "VARCHAR NOT NULL",
            "'corpus', 'organization', 'author' or 'day' (of listing); no organisations where they came to be named "
            "between the two periods",
        ),
        Column("rank", "INTEGER NOT NULL", "within the kind, by part; 1 for the largest"),
        Column("name", "VARCHAR", "the contributor; NULL for the corpus"),
        Column(
            "papers_before", "INTEGER NOT NULL", "its papers on the topic in the first half of the last year"
        ),
        Column("papers_after", "INTEGER NOT NULL", "in the second half"),
        Column(
            "gained_by_corpus",
            "DOUBLE",
            "papers the topic gained because the corpus grew; for the corpus only",
        ),
        Column("gained_by_share", "DOUBLE", "papers it gained because its share rose; for the corpus only"),
        Column("change", "DOUBLE NOT NULL", "ratio of the topic's shares, second half / first"),
        Column("change_without", "DOUBLE", "the same without this contributor's papers"),
        Column(
            "change_without_all",
            "DOUBLE",
            "the same without this contributor and those ranked before it; NULL for authors, who write together",
        ),
        Column(
            "part",
            "DOUBLE",
            "part of the log change that goes with the contributor; below 0 it held it back",
        ),
        Column("period_start", "DATE NOT NULL", "first day of the first half"),
        Column("period_middle", "DATE NOT NULL", "first day of the second half"),
        Column("period_end", "DATE NOT NULL", "the day after the second half"),
    ),
)


TOPIC_SOURCE_MONTHS = Table(
    "topic_source_months",
    "a topic in a month among the papers of one source",
    (
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column("topic_id", "INTEGER NOT NULL", "the topic; -1 for the outliers"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("papers", "INTEGER NOT NULL", "its papers of this source, published in the month"),
        Column("corpus_papers", "INTEGER NOT NULL", "all dated papers of this source in the month"),
        Column(
            "covered", "BOOLEAN NOT NULL", "whether the source was asked for every day of the month, all past"
        ),
    ),
)


SOURCE_BREAKS = Table(
    "source_breaks",
    "a month from which another set of sources is covered: what changes there is no trend",
    (
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("joined", "VARCHAR[] NOT NULL", "sources covered from here on"),
        Column("ended", "VARCHAR[] NOT NULL", "sources no longer covered"),
    ),
)
