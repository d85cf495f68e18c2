"""Korean, the first language."""
