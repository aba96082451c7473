"""Live releases in a target: plan, apply, run, audit, retire."""
