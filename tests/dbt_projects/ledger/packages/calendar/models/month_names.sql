select 1 as month_number, 'January' as month_name
union all select 2, 'February'
union all select 3, 'March'
