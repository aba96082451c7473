WITH by_route AS (
    SELECT
        origin,
        destination,
        MAX(destination_name) AS destination_name,
        COUNT(*) AS flown_flights,
        COUNT(*) FILTER (WHERE late) AS late_flights,
        ROUND(AVG(departure_delay_minutes), 1) AS average_departure_delay_minutes,
        ROUND(AVG(departure_delay_minutes - arrival_delay_minutes), 1)
            AS average_made_up_minutes
    FROM stg_departures
    WHERE NOT cancelled
    GROUP BY origin, destination
    -- A share of fewer than three flights says nothing.
    HAVING COUNT(*) >= 3
),

shares AS (
    SELECT
        *,
        ROUND(late_flights / flown_flights, 4) AS late_share
    FROM by_route
)

SELECT
    origin,
    destination,
    destination_name,
    flown_flights,
    late_flights,
    late_share,
    average_departure_delay_minutes,
    average_made_up_minutes,
    RANK() OVER (PARTITION BY origin ORDER BY late_share) AS rank_from_origin
FROM shares
