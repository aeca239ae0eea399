"""What people decide about numbers, and what waits for them."""
