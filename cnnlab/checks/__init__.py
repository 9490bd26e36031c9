"""The visible checks of each assignment. They import checking and what is below."""
