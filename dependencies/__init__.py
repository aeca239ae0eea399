"""What the service is installed with: a bill of materials, and a check against known weaknesses."""
