SELECT
    f.flight_date,
    f.carrier,
    f.flight_number,
    f.origin,
    f.destination,
    COALESCE(a.airline_name, f.carrier) AS airline_name,
    d.airport_name AS destination_name,
    f.tail_number,
    p.age_years AS plane_age_years,
    p.seats,
    f.scheduled_hour_utc,
    f.scheduled_departure,
    f.departed_at,
    f.departure_delay_minutes AS dep_delay,
    f.arrival_delay_minutes,
    f.air_time_minutes,
    f.distance_miles,
    f.cancelled,
    f.diverted,
    f.late,
    f.outcome,
    ROUND(f.distance_miles * 60 / f.air_time_minutes, 1) AS air_speed_mph
FROM flight_outcomes AS f
LEFT JOIN reference.airlines AS a
    ON f.carrier = a.carrier
LEFT JOIN reference.airports AS d
    ON f.destination = d.airport
LEFT JOIN fleet.planes AS p
    ON f.tail_number = p.tail_number
