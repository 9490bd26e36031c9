"""One submission -> one result, and many of them beside each other. It imports collecting and what is below."""
