-- depends_on: {{ ref("kinds_seen") }}
select
    visitor_id
    {%- for kind in kinds() %},
    count(*) filter (where kind = '{{ kind }}') as {{ kind }}s
    {%- endfor %}
from {{ ref('stg_hits') }}
group by visitor_id
