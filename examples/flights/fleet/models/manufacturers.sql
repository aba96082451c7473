WITH by_manufacturer AS (
    SELECT
        manufacturer,
        COUNT(*) AS plane_count,
        CAST(SUM(seats) AS BIGINT) AS seat_count,
        MAX(built_year) AS newest_built_year,
        ROUND(AVG(age_years), 1) AS average_age_years
    FROM planes
    GROUP BY manufacturer
)

SELECT
    manufacturer,
    plane_count,
    seat_count,
    newest_built_year,
    average_age_years,
    RANK() OVER (ORDER BY plane_count DESC) AS size_rank
FROM by_manufacturer
