{{ config(materialized='incremental', unique_key='visitor_id') }}
select
    v.visitor_id,
    v.first_seen,
    coalesce(sum(s.hits), 0) as hits
from {{ source('tracker', 'visitors') }} as v
left join {{ ref('sessions') }} as s using (visitor_id)
{% if is_incremental() %}
where v.first_seen >= (select max(first_seen) from {{ this }})
{% endif %}
group by v.visitor_id, v.first_seen
