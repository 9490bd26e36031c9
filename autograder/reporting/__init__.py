"""What comes out of results: nbgrader's gradebook, feedback pages, grades.csv, the table."""
