"""The verbs of the command line, a function each, for whom they are. The highest room: it may import all others."""
