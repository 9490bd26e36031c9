"""What the students of a term get, and that nothing else is in it. It imports authoring, course and what is below."""
