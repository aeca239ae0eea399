"""Learns a model from the service's own reports and decisions, or from a file of complaints."""
