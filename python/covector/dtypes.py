"""Element types: their order, their names, and types that NumPy does not have."""
