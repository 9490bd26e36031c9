"""How a step on one hand-in is done: within bounds, in a process that may die. It imports course and what is below."""
