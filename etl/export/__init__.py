"""A publication that stands alone: a report to read, the tables to work with, and how to cite them."""

from etl.export.publication import export

__all__ = ["export"]
