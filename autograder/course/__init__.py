"""What the course is: course.toml, terms, editions, numbers that change, questions, the suite. It imports reading."""
