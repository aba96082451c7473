{{ config(materialized='view') }}
select 'EUR' as currency, 2 as decimals
union all
select 'JPY' as currency, 0 as decimals
