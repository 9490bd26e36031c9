"""`cnnlab.submit()`: what is packed, what is missing, what is said of it. It imports checking and what is below."""
