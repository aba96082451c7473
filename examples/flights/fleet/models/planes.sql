SELECT
    tail_number,
    aircraft_type,
    manufacturer,
    model,
    engine_count,
    engine_type,
    seats,
    CASE
        WHEN seats < 20 THEN 'small'
        WHEN seats < 100 THEN 'regional'
        WHEN seats < 250 THEN 'narrow body'
        ELSE 'wide body'
    END AS size_class,
    built_year,
    2013 - built_year AS age_years
FROM stg_planes
