"""Papers and who wrote them."""

from __future__ import annotations

from etl.contract.table import Column, Table

PAPERS = Table(
    "papers",
    "a paper",
    (
        Column(
            "paper_id",
            "VARCHAR NOT NULL",
            "the id that its first source gives, else made from the normalised title; unique",
        ),
        Column("title_key", "VARCHAR NOT NULL", "the title as two spellings of it compare"),
        Column(
            "source",
            "VARCHAR NOT NULL",
            "where the record was first seen, by its source's name: 'file', 'hf' ...",
        ),
        Column(
            "field_sources",
            "MAP(VARCHAR, VARCHAR)",
            "for each field that another source than `source` gave, that source; NULL where none did. Who gave a field "
            "is coalesce(field_sources['title'], source)",
        ),
        Column("arxiv_id", "VARCHAR", "the bare arXiv id, without version"),
        Column("doi", "VARCHAR", "the DOI, without resolver, in lower case"),
        Column("title", "VARCHAR NOT NULL", "one line, trimmed"),
        Column("abstract", "VARCHAR USING COMPRESSION zstd", "the whole abstract"),
        Column("published_on", "DATE", "day of publication (UTC); trends are computed on it"),
        Column("updated_on", "DATE", "day of its last change at the source (UTC)"),
        Column("listed_on", "DATE", "day the source listed the paper (UTC)"),
        Column(
            "authors_count",
            "INTEGER",
            "number of authors as given, hidden ones and repeated names among them; NULL where unknown",
        ),
        Column("upvotes", "INTEGER", "the freshest count; NULL where unknown"),
        Column("comments", "INTEGER", "the freshest count; NULL where unknown"),
        Column("observed_at", "TIMESTAMP", "when the freshest upvotes or comments were read (UTC)"),
        Column("organization", "VARCHAR", "the organisation the source names"),
        Column("submitter", "VARCHAR", "who brought it to the source, by the name or handle it gives"),
        Column("repository", "VARCHAR", "address of the repository with its code"),
        Column("repository_stars", "INTEGER", "stars of the repository; NULL where unknown"),
        Column("project_page", "VARCHAR", "address of its project"),
        Column("thumbnail", "VARCHAR", "address of a picture of it"),
        Column("discussion_id", "VARCHAR", "the source's id of the discussion of it"),
        Column("keywords", "VARCHAR[]", "keywords the source gives"),
        Column(
            "categories",
            "VARCHAR[]",
            "codes of the source's classification, such as cs.CL, the primary one first",
        ),
        Column("journal_ref", "VARCHAR", "where it was published, as the source says"),
        Column("remark", "VARCHAR", "what its authors remark, such as '12 pages, 3 figures'"),
        Column("url", "VARCHAR", "the paper's page"),
        Column("topic_id", "INTEGER NOT NULL", "its topic; -1 for an outlier"),
        Column(
            "fitted_topic_id",
            "INTEGER",
            "the topic the model gave it, before corrections by people; -1 for an outlier",
        ),
        Column(
            "topic_probability",
            "DOUBLE NOT NULL",
            "how likely another sorter puts it there too, 0 to 1; 0 for an outlier",
        ),
        Column("x", "FLOAT", "its place on the map, near what it resembles; NULL without topics"),
        Column("y", "FLOAT", "likewise"),
        Column("run_id", "VARCHAR NOT NULL", "the run that first loaded it"),
    ),
)


AUTHORS = Table(
    "authors",
    "an author on a paper, as given: every name of the list is a row, so rows of a paper count its team",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("position", "INTEGER NOT NULL", "place in the author list, from 1"),
        Column(
            "name",
            "VARCHAR NOT NULL",
            "the name as given; a name that stands twice on a paper has two rows (namesakes, or the source's slip), "
            "so whoever counts by name counts papers: count(DISTINCT paper_id). Names are told apart by name_key",
        ),
        Column(
            "name_key",
            "VARCHAR NOT NULL",
            "the name as two spellings of it are counted as one: case folded, accents and punctuation dropped, 'Curie, "
            "Marie' turned round; initials stay as they are",
        ),
        Column(
            "hidden",
            "BOOLEAN NOT NULL DEFAULT false",
            "true where the source hides this author's profile claim: counted in team size, left out of lists of "
            "names",
        ),
    ),
)


PAPER_SOURCES = Table(
    "paper_sources",
    "a paper as a source knows it; a paper that reaches us from several sources has several rows",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column(
            "source_id",
            "VARCHAR NOT NULL",
            "the source's own id of it, else what stands for it in papers.paper_id",
        ),
        Column("run_id", "VARCHAR NOT NULL", "the run that first found it there"),
        Column("arxiv_id", "VARCHAR", "the bare arXiv id, if the source knows it"),
        Column("doi", "VARCHAR", "the DOI, if the source knows it"),
        Column("title_key", "VARCHAR NOT NULL", "the title there, as two spellings of it compare"),
        Column(
            "digest", "UBIGINT NOT NULL", "of all that the source says of it; of the last run that loaded it"
        ),
    ),
)

AUTHOR_MONTHS = Table(
    "author_months",
    "a month's teams and names",
    (
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("papers", "INTEGER NOT NULL", "papers of known team size, published in the month"),
        Column("team_median", "DOUBLE", "median team size"),
        Column("team_median_low", "DOUBLE", "lower end of its 95 % band"),
        Column("team_median_high", "DOUBLE", "upper end"),
        Column("team_mean", "DOUBLE", "mean team size"),
        Column("team_mean_low", "DOUBLE", "lower end of its 95 % band"),
        Column("team_mean_high", "DOUBLE", "upper end"),
        Column("team_p90", "DOUBLE", "90th percentile of team size"),
        Column("team_p90_low", "DOUBLE", "lower end of its 95 % band"),
        Column("team_p90_high", "DOUBLE", "upper end"),
        Column("authors", "INTEGER NOT NULL", "distinct names"),
        Column(
            "new_authors", "INTEGER NOT NULL", "names of no earlier month of the corpus: all, in its first"
        ),
        Column("returning_authors", "INTEGER NOT NULL", "the others"),
    ),
)


CONCENTRATION_MONTHS = Table(
    "concentration_months",
    "how unevenly a month's papers are spread over authors, or over organisations",
    (
        Column("kind", "VARCHAR NOT NULL", "'author' or 'organization'"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("names", "INTEGER NOT NULL", "distinct names"),
        Column("gini", "DOUBLE", "Gini coefficient of papers a name: 0 even, towards 1 all with one"),
        Column("gini_low", "DOUBLE", "lower end of its 95 % band (bootstrap over names)"),
        Column("gini_high", "DOUBLE", "upper end"),
        Column("hhi", "DOUBLE", "Herfindahl-Hirschman index: sum of squared shares of papers"),
        Column("hhi_low", "DOUBLE", "lower end of its 95 % band"),
        Column("hhi_high", "DOUBLE", "upper end"),
        Column("top_share", "DOUBLE", "part of the papers that the most active tenth of the names has"),
        Column("top_share_low", "DOUBLE", "lower end of its 95 % band"),
        Column("top_share_high", "DOUBLE", "upper end"),
    ),
)
