"""A file -> cells -> the statements that run, and the weights beside it. It imports no other room; of cnnlab, names
and requirements."""
