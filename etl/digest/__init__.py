"""What was new in a week or a month: as mail in HTML and plain text, and as an Atom feed.

`content` reads it from a snapshot, `render` writes it, `mail` delivers it, and `ledger` knows who got it.
"""
