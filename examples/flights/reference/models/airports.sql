SELECT
    airport,
    airport_name,
    latitude,
    longitude,
    elevation_feet,
    utc_offset_hours,
    time_zone,
    CASE daylight_saving_code
        WHEN 'A' THEN 'observed'
        WHEN 'N' THEN 'not observed'
        ELSE 'unknown'
    END AS daylight_saving,
    CASE
        WHEN time_zone = 'America/Anchorage' THEN 'alaska'
        WHEN time_zone = 'Pacific/Honolulu' THEN 'hawaii'
        WHEN time_zone IS NULL THEN 'unknown'
        ELSE 'mainland'
    END AS region
FROM stg_airports
