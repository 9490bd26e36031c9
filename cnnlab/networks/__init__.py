"""Networks: LeNet, training, weight files, and the description by which the grader runs one. They import pictures."""
