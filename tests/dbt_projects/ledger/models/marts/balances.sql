select
    a.account,
    a.name,
    p.month,
    m.month_name,
    sum(p.amount) as balance
from {{ ref('base_postings') }} as p
join {{ ref('accounts') }} as a on a.account = p.account
left join {{ ref('month_names') }} as m
    on m.month_number = extract(month from p.booked_on)
group by a.account, a.name, p.month, m.month_name
