with

raw_hits as (select * from {{ source('tracker', 'hits') }}),

cleaned as (
    select
        cast(hit_id as bigint) as hit_id,
        cast(visitor_id as varchar) as visitor_id,
        lower(cast(kind as varchar)) as kind,
        cast(hit_at as timestamp) as hit_at
    from raw_hits
    where hit_id is not null
)

select * from cleaned
