SELECT
    airport,
    hour_utc,
    hour_local,
    temperature_celsius,
    dew_point_celsius,
    humidity_percent,
    wind_speed_mph,
    wind_gust_mph,
    precipitation_inches,
    pressure_millibars,
    visibility_miles,
    -- What hinders flying most comes first. Gusts are reported only when there are some.
    CASE
        WHEN precipitation_inches > 0 AND temperature_celsius <= 0 THEN 'snow'
        WHEN precipitation_inches > 0 THEN 'rain'
        WHEN visibility_miles < 1 THEN 'fog'
        WHEN COALESCE(wind_gust_mph, wind_speed_mph) >= 30 THEN 'wind'
        ELSE 'fair'
    END AS conditions
FROM stg_weather
