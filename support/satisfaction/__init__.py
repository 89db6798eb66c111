"""Satisfaction: helpful or not, CSAT, NPS and CES."""
