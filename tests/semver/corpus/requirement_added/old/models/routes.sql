SELECT carrier, seats, status FROM raw.legs
