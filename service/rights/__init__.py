"""What people may ask of what is stored of them, what is forgotten by age, and the notice that tells all of it."""
