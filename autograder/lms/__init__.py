"""Learning management systems, one module each, and what comes in from them. It imports pipeline and what is below."""
