"""What operators see of the whole service: what waits, what is overdue, and which command mends it."""
