SELECT carrier, seats, status FROM reference.fleets
