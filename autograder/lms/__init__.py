"""Learning management systems: what comes in from them, what goes to them. It imports grading and what is below."""
