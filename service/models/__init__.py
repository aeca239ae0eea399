"""The models of this installation: trained, kept in the database, promoted and rolled back."""
