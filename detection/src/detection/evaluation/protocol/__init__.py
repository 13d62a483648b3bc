"""How far the choice of the rules can be trusted: a nested protocol over spacecraft and channel families."""
