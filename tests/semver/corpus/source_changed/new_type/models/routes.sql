-- Seats and status of each carrier.
WITH legs AS (
  SELECT carrier, seats, status FROM raw.legs
)
SELECT carrier, max(seats) AS seats, min(status) AS status
FROM legs
GROUP BY carrier
