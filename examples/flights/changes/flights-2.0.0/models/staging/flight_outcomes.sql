WITH judged AS (
    SELECT
        *,
        departure_clock IS NULL AS cancelled,
        -- It took off and did not land where it was meant to, or nobody wrote down when.
        departure_clock IS NOT NULL AND arrival_delay_minutes IS NULL AS diverted,
        COALESCE(arrival_delay_minutes >= 30, FALSE) AS late
    FROM stg_flights
)

SELECT
    flight_date,
    carrier,
    flight_number,
    origin,
    destination,
    tail_number,
    scheduled_hour_utc,
    scheduled_departure,
    -- The clock time on departure (517 for 05:17, 2400 for midnight) does not say on which
    -- day: some leave almost 22 hours late. The delay does.
    scheduled_departure + INTERVAL (departure_delay_minutes) MINUTES AS departed_at,
    departure_delay_minutes,
    arrival_delay_minutes,
    air_time_minutes,
    distance_miles,
    cancelled,
    diverted,
    late,
    CASE
        WHEN cancelled THEN 'cancelled'
        WHEN diverted THEN 'diverted'
        WHEN late THEN 'late'
        ELSE 'on time'
    END AS outcome
FROM judged
