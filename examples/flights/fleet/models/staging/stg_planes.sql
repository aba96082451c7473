SELECT
    tailnum AS tail_number,
    type AS aircraft_type,
    -- The registry of planes knows the big makers under several names each.
    CASE
        WHEN manufacturer LIKE 'AIRBUS%' THEN 'AIRBUS'
        WHEN manufacturer LIKE 'BOMBARDIER%' THEN 'BOMBARDIER'
        WHEN manufacturer LIKE 'MCDONNELL DOUGLAS%' THEN 'MCDONNELL DOUGLAS'
        ELSE manufacturer
    END AS manufacturer,
    model,
    engines AS engine_count,
    engine AS engine_type,
    seats,
    -- Nothing flew before 1903, and the list was made in 2013.
    CASE WHEN year BETWEEN 1903 AND 2013 THEN year END AS built_year
FROM raw.planes
