SELECT carrier, min(status) AS status FROM raw.legs GROUP BY carrier
