-- The clock time on departure is not in the contract of flights, so this reaches behind it.
SELECT
    flight_date,
    COUNT(*) AS flights,
    COUNT(*) FILTER (WHERE departure_clock IS NULL) AS cancelled_flights,
    COUNT(*) FILTER (WHERE arrival_delay_minutes >= 30) AS late_flights,
    ROUND(
        COUNT(*) FILTER (WHERE arrival_delay_minutes >= 30) / NULLIF(COUNT(departure_clock), 0), 4
    ) AS late_share,
    MAX(departure_delay_minutes) AS longest_departure_delay_minutes
FROM flights.stg_flights
GROUP BY flight_date
