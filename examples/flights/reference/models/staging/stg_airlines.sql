SELECT
    carrier,
    name AS legal_name,
    -- People say "Delta Air Lines", not "Delta Air Lines Inc."
    regexp_replace(name, ' (Inc[.]|Co[.]|Corporation)$', '') AS airline_name
FROM raw.airlines
