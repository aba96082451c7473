-- Every planned flight with the weather at its airport in the hour it should have left.
SELECT
    f.flight_date,
    f.carrier,
    f.airline_name,
    f.origin,
    f.destination,
    f.destination_name,
    hour(f.scheduled_departure) AS hour_of_day,
    f.departure_delay_minutes,
    f.arrival_delay_minutes,
    f.cancelled,
    f.late,
    COALESCE(w.conditions, 'unknown') AS conditions
FROM flights.fct_flights AS f
LEFT JOIN weather.hourly_weather AS w
    ON f.origin = w.airport AND f.scheduled_hour_utc = w.hour_utc
