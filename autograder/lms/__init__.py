"""Learning management systems, one module each, and what comes in from them. It imports grading and what is below."""
