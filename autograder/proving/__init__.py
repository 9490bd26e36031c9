"""Proofs of the course itself: make check, the sample class, the house. It imports authoring and what is below."""
