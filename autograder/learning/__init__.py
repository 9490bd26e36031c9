"""What a class's answers teach, for staff: parts of the report, feedback to come. It imports lms and what is below."""
