WITH by_route AS (
    SELECT
        origin,
        destination,
        -- A few routes are recorded with two distances a mile apart.
        MAX(distance_miles) AS distance_miles,
        COUNT(*) AS flight_count,
        COUNT(DISTINCT carrier) AS carrier_count,
        MIN(flight_date) AS first_flight_date,
        MAX(flight_date) AS last_flight_date
    FROM flight_outcomes
    GROUP BY origin, destination
)

SELECT
    r.origin,
    r.destination,
    d.airport_name AS destination_name,
    r.distance_miles,
    CASE
        WHEN r.distance_miles < 500 THEN 'short'
        WHEN r.distance_miles < 1500 THEN 'medium'
        ELSE 'long'
    END AS haul,
    r.flight_count,
    r.carrier_count,
    r.first_flight_date,
    r.last_flight_date
FROM by_route AS r
LEFT JOIN reference.airports AS d
    ON r.destination = d.airport
