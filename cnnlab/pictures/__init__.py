"""Figures of the notebooks. They import no other room."""
