"""One submission -> one result, and a class of them from folders to grades. It imports reporting and what is below."""
