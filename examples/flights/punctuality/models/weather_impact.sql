WITH by_conditions AS (
    SELECT
        conditions,
        COUNT(*) AS flights,
        COUNT(*) FILTER (WHERE cancelled) AS cancelled_flights,
        COUNT(*) FILTER (WHERE late) AS late_flights
    FROM stg_departures
    GROUP BY conditions
),

shares AS (
    SELECT
        *,
        ROUND(cancelled_flights / flights, 4) AS cancelled_share,
        ROUND(late_flights / NULLIF(flights - cancelled_flights, 0), 4) AS late_share
    FROM by_conditions
)

SELECT
    conditions,
    flights,
    cancelled_flights,
    late_flights,
    cancelled_share,
    late_share,
    ROUND(late_share - MAX(CASE WHEN conditions = 'fair' THEN late_share END) OVER (), 4)
        AS late_share_above_fair
FROM shares
