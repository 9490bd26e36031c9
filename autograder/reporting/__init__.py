"""Renderings of results: gradebook, notebooks, feedback pages, table. It imports grading and what is below."""
