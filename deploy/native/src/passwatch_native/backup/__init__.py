"""Taking a backup of a whole platform, and bringing one back."""
