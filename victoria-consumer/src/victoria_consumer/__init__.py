"""The victoria-consumer of Passwatch."""
