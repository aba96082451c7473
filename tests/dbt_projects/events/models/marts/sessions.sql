{{ config(alias='web_sessions') }}

{%- set limit_minutes = 30 %}

with marked as (
    select
        *,
        case
            when lag(hit_at) over (partition by visitor_id order by hit_at) is null then 1
            when hit_at - lag(hit_at) over (partition by visitor_id order by hit_at)
                > interval '{{ limit_minutes }} minutes' then 1
            else 0
        end as starts
    from {{ ref('stg_hits') }}
),

numbered as (
    select *, sum(starts) over (partition by visitor_id order by hit_at) as session_number
    from marked
)

select
    visitor_id,
    session_number,
    min(hit_at) as started_at,
    count(*) as hits,
    {%- for kind in kinds_known() %}
    count(*) filter (where kind = '{{ kind }}') as {{ kind }}s{{ "," if not loop.last }}
    {%- endfor %}
from numbered
group by visitor_id, session_number
