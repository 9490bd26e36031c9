"""Small edits of a Python function, one at a time, as students slip in this field. The lowest room: it imports none."""
