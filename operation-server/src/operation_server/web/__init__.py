"""What every resource of the HTTP interface shares."""
