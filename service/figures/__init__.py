"""What the service tells everybody about itself: figures of weeks that have ended, in bands, computed once by upkeep."""
