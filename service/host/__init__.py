"""The processes of one host: the supervisor, and what every process shares."""
