-- reads no other product
SELECT carrier, seats, status FROM raw.legs
