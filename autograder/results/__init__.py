"""What came of each submission, and its file: all else is a rendering of it. It imports course and what is below."""
