SELECT
    flight_date,
    COUNT(*) AS flights,
    COUNT(*) FILTER (WHERE cancelled) AS cancelled_flights,
    COUNT(*) FILTER (WHERE late) AS late_flights,
    ROUND(COUNT(*) FILTER (WHERE late) / NULLIF(COUNT(*) FILTER (WHERE NOT cancelled), 0), 4)
        AS late_share,
    MAX(departure_delay_minutes) AS longest_departure_delay_minutes
FROM stg_departures
GROUP BY flight_date
