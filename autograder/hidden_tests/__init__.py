"""What students' functions are asked, out of their sight. They import mistakes, course and what is below."""
