"""Learning from histories of reports: examples, fitting, judging; nothing here knows of the simulation."""
