"""solutions/ -> assignments/: notebooks built and checked, assignments begun. It imports course and what is below."""
