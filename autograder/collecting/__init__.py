"""What was handed in: whose, when, and where it lies. It imports steps, course, reading and what is below."""
