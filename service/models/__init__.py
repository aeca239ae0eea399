"""The models of this installation: trained, stored in the database, promoted and rolled back."""
