-- The raw list has three airports in the wrong place; this mends them.
WITH judged AS (
    SELECT
        *,
        -- No airport of the list is north of 71.5 degrees. What says so has its latitude
        -- and longitude exchanged, and lost the sign of the west.
        lat > 71.5 AS is_swapped,
        -- No airport of the list is in China. What says so lost the sign of the west, and
        -- its time zone was looked up there.
        tzone = 'Asia/Chongqing' AS is_mirrored
    FROM raw.airports
)

SELECT
    faa AS airport,
    name AS airport_name,
    CASE WHEN is_swapped THEN lon ELSE lat END AS latitude,
    CASE
        WHEN is_swapped THEN -lat
        WHEN is_mirrored THEN -lon
        ELSE lon
    END AS longitude,
    alt AS elevation_feet,
    CASE WHEN is_mirrored THEN NULL ELSE tz END AS utc_offset_hours,
    NULLIF(tzone, 'Asia/Chongqing') AS time_zone,
    dst AS daylight_saving_code
FROM judged
