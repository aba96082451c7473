with flown as (select carrier, seats, status from raw.legs)
select f.carrier, MAX(f.seats) seats, -- the largest
       MIN(f.status) AS status
from flown AS f group by f.carrier
