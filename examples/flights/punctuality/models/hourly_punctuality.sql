WITH by_hour AS (
    SELECT
        hour_of_day,
        COUNT(*) AS flown_flights,
        COUNT(*) FILTER (WHERE late) AS late_flights,
        ROUND(AVG(departure_delay_minutes), 1) AS average_departure_delay_minutes
    FROM stg_departures
    WHERE NOT cancelled
    GROUP BY hour_of_day
),

shares AS (
    SELECT
        *,
        ROUND(late_flights / flown_flights, 4) AS late_share
    FROM by_hour
)

SELECT
    hour_of_day,
    CASE
        WHEN hour_of_day < 6 THEN 'night'
        WHEN hour_of_day < 12 THEN 'morning'
        WHEN hour_of_day < 18 THEN 'afternoon'
        ELSE 'evening'
    END AS part_of_day,
    flown_flights,
    late_flights,
    late_share,
    ROUND(late_share - LAG(late_share) OVER (ORDER BY hour_of_day), 4)
        AS late_share_change,
    average_departure_delay_minutes
FROM shares
