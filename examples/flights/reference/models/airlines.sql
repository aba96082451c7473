SELECT
    carrier,
    airline_name,
    legal_name
FROM stg_airlines
