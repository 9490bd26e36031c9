"""Renderings of results: gradebook, notebooks, feedback pages, table. It imports results and what is below."""
