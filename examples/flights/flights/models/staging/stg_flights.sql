SELECT
    make_date(year, month, day) AS flight_date,
    carrier,
    flight AS flight_number,
    origin,
    dest AS destination,
    tailnum AS tail_number,
    time_hour AS scheduled_hour_utc,
    make_timestamp(year, month, day, hour, minute, 0) AS scheduled_departure,
    dep_time AS departure_clock,
    dep_delay AS departure_delay_minutes,
    arr_delay AS arrival_delay_minutes,
    air_time AS air_time_minutes,
    distance AS distance_miles
FROM raw.flights
