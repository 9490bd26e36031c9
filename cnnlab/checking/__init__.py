"""How answers are called, compared and told right from wrong. It imports notebooks, networks and what is below."""
