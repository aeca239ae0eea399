"""Who reports, and how far to believe them: standing, clusters, and whose labels are reliable."""
