"""What a change requires: typed changes, rules as data, conformance, changelog."""
