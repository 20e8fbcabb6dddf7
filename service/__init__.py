"""Everything the neighborhood may do, and the pages and API to do it with."""
