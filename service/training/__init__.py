"""Trains a model on the service's own reports and decisions, or on a file of complaints."""
