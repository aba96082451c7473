WITH by_carrier AS (
    SELECT
        carrier,
        MAX(airline_name) AS airline_name,
        COUNT(*) AS flights,
        COUNT(*) FILTER (WHERE cancelled) AS cancelled_flights,
        COUNT(*) FILTER (WHERE late) AS late_flights,
        ROUND(AVG(arrival_delay_minutes), 1) AS average_arrival_delay_minutes
    FROM stg_departures
    GROUP BY carrier
),

shares AS (
    SELECT
        *,
        ROUND(cancelled_flights / flights, 4) AS cancelled_share,
        -- Of the flights that took place; a carrier that cancelled all of them has none.
        ROUND(late_flights / NULLIF(flights - cancelled_flights, 0), 4) AS late_share
    FROM by_carrier
)

SELECT
    carrier,
    airline_name,
    flights,
    cancelled_flights,
    late_flights,
    cancelled_share,
    late_share,
    average_arrival_delay_minutes,
    RANK() OVER (ORDER BY late_share NULLS LAST) AS punctuality_rank
FROM shares
