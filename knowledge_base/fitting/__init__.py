"""Fits the coefficients of the decision anew: python -m knowledge_base.fitting FOLDER. Not needed to serve."""
