"""One file a page; each has one `render` function, and the page's title is the question it answers."""
