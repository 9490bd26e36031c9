"""Proofs of the course itself: make check, the sample class, the house. It imports reporting and what is below."""
