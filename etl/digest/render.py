"""A digest as HTML, as plain text, and as an Atom feed (RFC 4287)."""

from __future__ import annotations

import textwrap
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as Xml

from etl.digest.content import Digest, Paper, Topic
from etl.markup import Html, joined, link, tag

_ATOM = "http://www.w3.org/2005/Atom"
_AUTHORS = 4
_SYNTHETIC = "Demo corpus: these papers are synthetic, and say nothing of real research."
_FOOT = (
    "Papers trend by upvotes beyond what their age and day predict. Topics move as a share of all papers, with false "
    "discoveries held at 5 %."
)


def subject(digest: Digest) -> str:
    """One line: what it is, and of when."""
    return f"Papertide: {digest.papers:,} new papers, {digest.period}"


def html(digest: Digest, unsubscribe: str | None = None) -> str:
    """The digest as a page, with the way out of it where it is a mail."""
    sections = [
        tag("h1", subject(digest)),
        tag("p", _SYNTHETIC) if digest.synthetic else Html(""),
        *(_section(heading, papers) for heading, papers in _lists(digest)),
        _topics(digest),
        tag("p", _FOOT, style="color:#666"),
        tag("p", link(unsubscribe, "Unsubscribe")) if unsubscribe else Html(""),
    ]
    style = "font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem"
    head = joined(Html('<meta charset="utf-8">'), tag("title", subject(digest)))
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head>{tag("body", *sections, style=style)}</html>\n'
    )


def text(digest: Digest, unsubscribe: str | None = None) -> str:
    """The same as plain text, in lines of 76 characters but for addresses."""
    lines = [subject(digest), ""]
    if digest.synthetic:
        lines += [_SYNTHETIC, ""]
    for heading, papers in _lists(digest):
        lines += [heading.upper(), ""]
        for paper in papers:
            lines += textwrap.wrap(f"* {paper.title}", 76, subsequent_indent="  ")
            lines += textwrap.wrap(_about(paper), 76, initial_indent="  ", subsequent_indent="  ")
            lines += [f"  {paper.url}"] if paper.url else []
            lines.append("")
    lines += ["TOPICS THAT MOVE", ""]
    for topic in digest.topics:
        lines += textwrap.wrap(f"* {topic.label}: {_moved(topic)}", 76, subsequent_indent="  ")
    if not digest.topics:
        lines.append("No topic's share changed beyond what chance explains.")
    lines += ["", *textwrap.wrap(_FOOT, 76)]
    if unsubscribe:
        lines += ["", f"Unsubscribe: {unsubscribe}"]
    return "\n".join(lines) + "\n"


def atom(digest: Digest) -> bytes:
    """A feed with an entry for each paper of the digest and each topic that moves."""
    Xml.register_namespace("", _ATOM)
    feed = Xml.Element(f"{{{_ATOM}}}feed")
    _child(feed, "title", "Papertide")
    _child(feed, "id", _urn("feed"))
    _child(feed, "updated", _moment(digest.published_at))
    _child(_child(feed, "author"), "name", "Papertide")
    for _, papers in _lists(digest):
        for paper in papers:
            entry = _entry(feed, digest, f"paper {paper.id}", paper.title, _about(paper))
            if paper.url:
                _child(entry, "link").set("href", paper.url)
    for topic in digest.topics:
        # Said once a period, since a topic moves for months.
        _entry(
            feed,
            digest,
            f"topic {topic.id} {digest.period.key}",
            f"{topic.label} is {topic.signal}",
            _moved(topic),
        )
    Xml.indent(feed)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _lists(digest: Digest) -> list[tuple[str, tuple[Paper, ...]]]:
    lists = [("What you follow", digest.followed), ("Trending papers", digest.trending)]
    return [(heading, papers) for heading, papers in lists if papers]


def _section(heading: str, papers: tuple[Paper, ...]) -> Html:
    items = [
        tag("li", link(paper.url, paper.title), Html("<br>"), tag("small", _about(paper))) for paper in papers
    ]
    return joined(tag("h2", heading), tag("ul", *items))


def _topics(digest: Digest) -> Html:
    if not digest.topics:
        return tag("p", "No topic's share changed beyond what chance explains.")
    items = [tag("li", tag("b", topic.label), ": ", _moved(topic)) for topic in digest.topics]
    return joined(tag("h2", "Topics that move"), tag("ul", *items))


def _about(paper: Paper) -> str:
    names = ", ".join(paper.authors[:_AUTHORS]) + (" and others" if len(paper.authors) > _AUTHORS else "")
    votes = f"{paper.upvotes:,} upvotes" if paper.upvotes is not None else ""
    return "; ".join(filter(None, (names, paper.topic, votes)))


def _moved(topic: Topic) -> str:
    return (
        f"{topic.signal}, {topic.change:.2g} times ({topic.change_low:.2g} to {topic.change_high:.2g}), from "
        f"{100 * topic.share_start:.2g} % to {100 * topic.share_end:.2g} % of papers"
    )


def _entry(feed: Xml.Element, digest: Digest, key: str, title: str, summary: str) -> Xml.Element:
    entry = _child(feed, "entry")
    _child(entry, "title", title)
    _child(entry, "id", _urn(key))
    _child(entry, "updated", _moment(datetime.combine(digest.period.end, datetime.min.time())))
    _child(entry, "summary", summary)
    return entry


def _child(parent: Xml.Element, name: str, content: str | None = None) -> Xml.Element:
    child = Xml.SubElement(parent, f"{{{_ATOM}}}{name}")
    # XML takes no control characters, not even escaped.
    child.text = "".join(c for c in content if c >= " " or c in "\t\n") if content is not None else None
    return child


def _urn(key: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'https://papertide.invalid/{key}')}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
