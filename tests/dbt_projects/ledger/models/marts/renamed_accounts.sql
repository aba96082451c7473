select account, count(*) as names
from {{ ref('account_history') }}
group by account
having count(*) > 1
