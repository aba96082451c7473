SELECT
    origin AS airport,
    time_hour AS hour_utc,
    make_timestamp(year, month, day, hour, 0, 0) AS hour_local,
    ROUND((temp - 32) * 5 / 9, 1) AS temperature_celsius,
    ROUND((dewp - 32) * 5 / 9, 1) AS dew_point_celsius,
    humid AS humidity_percent,
    -- The instruments once reported 1,048 miles an hour; no wind on earth reaches 200.
    CASE WHEN wind_speed < 200 THEN ROUND(wind_speed, 1) END AS wind_speed_mph,
    ROUND(wind_gust, 1) AS wind_gust_mph,
    precip AS precipitation_inches,
    pressure AS pressure_millibars,
    visib AS visibility_miles
FROM raw.weather
