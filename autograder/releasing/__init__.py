"""What students of a term get: notebooks, wheel, changes; numbers that vary, versions, the search for leaks."""
