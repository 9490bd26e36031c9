"""make bench: how fast grading and layers are. It imports proving and all that is below."""
