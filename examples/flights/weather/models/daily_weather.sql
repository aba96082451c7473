WITH by_day AS (
    SELECT
        airport,
        CAST(hour_local AS DATE) AS weather_date,
        COUNT(*) AS hours_observed,
        COUNT(*) FILTER (WHERE precipitation_inches > 0) AS wet_hours,
        MIN(temperature_celsius) AS lowest_temperature_celsius,
        MAX(temperature_celsius) AS highest_temperature_celsius,
        ROUND(SUM(precipitation_inches), 2) AS precipitation_inches,
        MIN(visibility_miles) AS lowest_visibility_miles
    FROM stg_weather
    GROUP BY airport, CAST(hour_local AS DATE)
)

SELECT
    airport,
    weather_date,
    hours_observed,
    wet_hours,
    lowest_temperature_celsius,
    highest_temperature_celsius,
    ROUND(
        highest_temperature_celsius - LAG(highest_temperature_celsius) OVER (
            PARTITION BY airport ORDER BY weather_date
        ),
        1
    ) AS warmer_than_day_before_celsius,
    precipitation_inches,
    lowest_visibility_miles
FROM by_day
