"""A publication that stands alone: a report to read, the tables to work with, and how to cite them.

`plotly-basic.min.js` is the npm package plotly.js-basic-dist-min 4.1.1, as it comes (MIT licence, in its head). It is
vendored, since the Python package plotly ships the full bundle only, of four times the size.
"""

from etl.export.publication import export

__all__ = ["export"]
