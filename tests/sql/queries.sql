select * from a
select a.* from a
select * exclude (s) from a
select * exclude (s, k) replace (x + 1 as x) from a
select * rename (k as key) from a
select columns('^[ks]$') from a
select id as i, k from a
select a.id, c.name from a join c on a.id = c.id
select a.id, c.name from a left join c on a.id = c.id
select a.id, c.name from a right join c on a.id = c.id
select a.id, c.name from a full join c on a.id = c.id
select c.id, a.s from a right join c on a.id = c.id
select a.id, b.n, b.v from a join b on a.id = b.id
select a.id, b.n, b.v from a left join b on a.id = b.id
select b.id, b.n, a.s from b join a on a.id = b.id
select b.id, b.n, a.s from b left join a on a.id = b.id
select a.id, c.id as cid from a cross join c
select a.id, c.id as cid from a, c
select a.id, c.id as cid from a, c where a.id = c.id
select a.id, b.n from a, b where a.id = b.id and b.n = 1
select a.id, b.v from a left join b on a.id = b.id and b.n = 2
select a.id, b.v from a left join b on a.id = b.id where b.n = 2
select a.id, b.v, b.n from a left join b on a.id = b.id where b.v is not null
select a.id, b.v, b.n from a left join b on a.id = b.id where b.v = 'x' or b.v = 'y'
select a.id, b.v, b.n from a left join b on a.id = b.id where b.v = 'x' or a.k = 1
select a.id, c.name from a left join c on a.id = c.id where not (c.name is null)
select a.id, c.name from a left join c on a.id = c.id where not (c.name = 'x')
select a.k from a where k is not null
select a.k from a where k > 1
select a.k from a where k between 1 and 3
select a.k from a where 2 between k and 3
select a.k from a where not (2 between k and 3)
select a.k from a where k in (1, 2)
select a.k from a where k not in (1, 2)
select a.k from a where k in (select n from b)
select a.k from a where k not in (select n from b)
select a.k from a where k not in (select n from b where n > 100)
select a.k from a where k is distinct from 1
select a.k from a where k is not distinct from null
select a.k from a where coalesce(k, 0) = 0
select a.k from a where -k + 1 > 0
select a.k from a where flag
select flag from a where flag
select flag from a where not flag
select flag from a where flag is true
select flag from a where flag is not true
select a.k from a where (k = 1 and s = 'x') or (k = 2)
select a.k from a where (k = 1 and s = 'x') or s = 'y'
select k, count(*) as n from a group by k
select s, count(*) as n from a group by s
select s, count(*) as n, sum(k) as total, max(id) as top from a group by s
select s, flag, count(*) as n from a group by all
select s, count(*) as n from a group by 1
select upper(s) as u, count(*) as n from a group by u
select upper(s) as u, count(*) as n from a group by upper(s)
select count(*) as n from a group by s
select id, s, count(*) as n from a group by id, s
select s, k, count(*) as n from a group by rollup (s, k)
select s, k, count(*) as n from a group by grouping sets ((s), (k), ())
select s, k, count(*) as n from a group by cube (s, k)
select count(*) as n, sum(k) as t, max(id) as m, min(s) as l from a
select count(*) as n, sum(k) as t, max(id) as m from a where id > 1000000
select count(*) as n from a having count(*) > 3
select max(id) as m from a having max(id) > 0
select s, max(id) filter (where k = 1) as m from a group by s
select s, string_agg(s, ',') as l, list(id) as ids, any_value(s) as one from a group by s
select s, avg(id) as m, median(id) as md, stddev(id) as sd, mode(s) as mo from a group by s
select s, arg_max(s, k) as am, first(s) as f, bool_and(id > 0) as ba from a group by s
select distinct s from a
select distinct s, k from a
select distinct id, s from a
select distinct on (s) s, id from a order by s, id
select id, s from a limit 1
select id, s from a order by id limit 10
select * from (select s, id from a order by id limit 1)
select s from a union select v from b
select s from a union select s from a
select s, id from a union all select name, id from c
select id from a intersect select id from c
select id from a except select id from c
select id from a intersect all select id from c
select id from a except all select id from c
select s as z, id from a union by name select id, name as z from c
select s as z, id from a union all by name select id, k as w from a
select k from a union all select id from a
select 1 as one union all select null
select 1 as one union all select 2.5
select 'a' as one union select 'b' union select 'c'
(select id from a order by id limit 2) union all (select id from c)
select id, row_number() over (partition by s order by id) as rn from a
select id, row_number() over (order by id) as rn, rank() over (order by k) as r from a
select s, id from a qualify row_number() over (partition by s order by id) = 1
select s, id, row_number() over (partition by s order by id) as rn from a qualify rn = 1
with r as (select *, row_number() over (partition by s order by id) as rn from a) select s, k from r where rn = 1
with r as (select *, row_number() over (partition by s order by id) as rn from a) select r.s, c.name from c left join r on r.s = c.name and r.rn = 1
with r as (select s, k, row_number() over (partition by s, k order by id) as rn from a) select s, k from r where rn = 1
with r as (select *, row_number() over (partition by s order by id) as rn from a) select s, k from r where rn <= 1
with r as (select *, row_number() over (order by id) as rn from a) select s, k from r where rn = 1
select id, lag(id) over (order by id) as l, lag(id, 1, 0) over (order by id) as l0, lead(s, 1, 'z') over (order by id) as d from a
select id, lag(id, 1, k) over (order by id) as l from a
select id, sum(id) over (partition by s) as t, count(*) over () as n, max(s) over () as m from a
select id, sum(id) over (order by id rows between 3 preceding and 1 preceding) as t from a
select id, sum(id) over (order by id rows between 1 preceding and 1 following) as t from a
select id, sum(id) over (order by id rows between 1 following and 2 following) as t from a
select id, first_value(s) over (order by id) as f, last_value(s) over (order by id) as l from a
select id, first_value(s) over (order by id rows between 2 following and 3 following) as f from a
select id, nth_value(s, 2) over (order by id) as n, ntile(3) over (order by id) as t from a
select id, sum(id) filter (where k = 1) over () as t from a
select s, sum(sum(k)) over () as t, sum(count(*)) over () as n from a group by s
select id, sum(id) over w as t from a window w as (partition by s order by id)
select id, coalesce(k, 0) as k0, coalesce(k, null) as k1, coalesce(null, k, id) as k2 from a
select id, case when k > 1 then s end as c1, case when k > 1 then s else 'x' end as c2 from a
select id, case k when 1 then s when 2 then null else 'z' end as c from a
select id, if(flag, 1, 0) as i, if(flag, s, null) as j from a
select id, cast(s as varchar) as c, try_cast(s as integer) as t, id::varchar || s as j from a
select id, k = 1 as e, k is null as n, k in (1, 2) as i, not flag as f, flag and id > 0 as g from a
select id, id in (1, 2) as i, id in (select n from b) as j, id in (select id from b) as l from a
select id, exists (select 1 from c where c.id = a.id) as e from a
select id, (select name from c where c.id = a.id) as nm from a
select id, (select count(*) from b where b.id = a.id) as n from a
select id, (select max(n) from b where b.id = a.id) as m from a
select id, (select count(*) from b where b.id = a.id having count(*) > 1) as n from a
select id, (select 1) as o, (select 1 where false) as z from a
select a.id, t.n from a cross join (select count(*) as n from c) t
select a.id, t.m from a cross join (select max(id) as m from c) t
select a.id, t.m from a left join (select id, max(n) as m from b group by id) t on t.id = a.id
select t.id, t.m, a.s from (select id, max(n) as m from b group by id) t left join a on t.id = a.id
select * from a join c using (id)
select * from a left join c using (id)
select * from a right join c using (id)
select * from a full join c using (id)
select id from a full join c using (id)
select id, s, name from a right join c using (id)
select c.id, a.s from a join c using (id)
select * from a natural join c
select * from a join b using (id) join c using (id)
select * from a semi join c on a.id = c.id
select * from a anti join c using (id)
select a.id, a.s from a where exists (select 1 from b where b.id = a.id)
select x.id, y.id as other from a x join a y on x.id = y.k
select x.id, y.s from a x join a y on x.k = y.id
select x.id, y.id as other from a x join a y on x.id = y.id
select a.id, b.n, c.name from a left join b on a.id = b.id left join c on b.n = c.id
select a.id, b.n, c.name from a left join b on a.id = b.id join c on b.n = c.id
select a.id, b.n, c.name from a left join (b join c on b.n = c.id) on a.id = b.id
with t as (select id, s from a), u as (select t.id, c.name from t join c on t.id = c.id) select * from u
with t as (select * from a), a as (select * from t where k = 1) select * from a
with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select * from t
with recursive t(n, m) as (select 1, 'x' union all select n + 1, null from t where n < 5) select * from t
with recursive t as (select id, k from a where k = 1 union select c.id, t.k from c join t on c.id = t.id) select id, k from t
select id, unnest([1, 2, 3]) as u from a
select a.id, u.z from a, unnest([a.id, a.k]) as u(z)
select r.i from range(3) r(i)
select generate_series from generate_series(1, 3)
select v.p, v.q from (values (1, 'a'), (2, null)) v(p, q)
select * from (values (1, 'a'), (2, 'b')) v(p, q)
select t.i, t.j from (select id, s from a) as t(i, j)
select k + 1 as y, y + 1 as z from a
select k + 1 as y from a where y > 1
select id as k, k + 1 as z from a
select a.id from a order by k limit 3
select sum(k) as s from a
from a
from a select id, s where k = 1
select {'p': id, 'q': s} as st from a
select st.p, st.q from (select {'p': id, 'q': s} as st from a)
select [id, k] as l, [id, k][1] as f, len([id]) as n from a
select list_transform([id, 1], lambda e : e + 1) as l from a
select id, s from a where id = 3
select s, k from a where id = 3
select id, n, v from b where id = 3
select id, n, v from b where n = 3
select b.n, b.v, a.s from a join b on a.id = b.id where a.id = 4
select max(n) as m, id from b group by id having max(n) > 1
select id, count(distinct n) as d, count(v) as c from b group by id
select date_trunc('day', ts) as d, ts::date as dt, year(ts) as y, ts - interval 1 day as p from a
select id, concat(s, k) as c, s || k as d, upper(s) as u, length(s) as l, substring(s, 1, 1) as f from a
select greatest(id, k) as g, least(id, 3) as l, round(x) as r, abs(id) as ab, sqrt(id) as sq from a
select a.id, a2.id as id2 from a left join a a2 on a.id = a2.id and a2.k = 1
select count(*) as n from (select distinct s from a)
select id from a where id in (select max(id) from a group by s)
select id, k from a where k = (select max(k) from a)
select id, row_number() over () = 1 as first from a
select a.s, count(*) as n from a join b on a.id = b.id group by a.s having count(*) > 1
select a.id, max(b.n) as m from a left join b on a.id = b.id group by a.id
select a.id, a.s, count(b.n) as m from a left join b on a.id = b.id group by a.id, a.s
select any_value(id) as i, s from a group by s
select id from a where k = 1 union select id from a where k = 2
select distinct id, k from a where k is not null
select "id" as "Some Name", s as "select" from a
select A.ID, S from A
select * from (select s, k, id from a) pivot (sum(k) as t, max(id) as m for s in ('x', 'y'))
select * from a pivot (count(*) for s in ('x' as x1, 'y') group by k)
select * from c unpivot (val for label in (name))
select * from (select id, k, id as j from a) as t unpivot include nulls (val for label in (k, j))
select unnest({'p': id, 'q': s}) from a
select list_filter([id, 1], lambda e : e > 1) as l, list_transform([s], lambda e : upper(e)) as m from a
select a.id, x, n from a asof join b on a.id >= b.n
select a.id, x, n from a asof left join b on a.id >= b.n
select id, s from a where s in ('x', 'y') order by s desc, id limit 2 offset 1
select id, (select list(n) from b where b.id = a.id) as ns from a
select a.id, l.m from a, lateral (select max(n) as m from b where b.id = a.id) l
select a.id, l.n from a left join lateral (select n from b where b.id = a.id) l on true
with m as materialized (select id from a) select * from m where id not in (select id from c)
select distinct s, count(*) over (partition by s) as n from a
select s, min(ts) as first, max(ts) as last, max(ts) - min(ts) as span from a group by s
select date_diff('day', ts, now()::timestamp) as d from a
select id, case when count(*) over (partition by s) > 1 then 'many' else 'one' end as c from a
select coalesce(a.id, c.id) as id, a.s, c.name from a full join c on a.id = c.id
select id, s from a where s like 'x%' and k > any (select n from b)
select count(*) filter (where flag) as f, count(distinct s) as d from a
select sum(case when flag then 1 else 0 end) as f, s from a group by s order by f desc
select id, k from a where (id, k) in (select id, n from b)
select * from (select id, s from a union all select id, name from c) u where id > 1
select s, id from a group by all
select s || '!' as e, count(*) as n from a group by all
select b.id, b.n, count(*) as c from b join a using (id) group by b.id, b.n
select distinct a.id, a.s, a.k, c.name from a join c using (id)
select distinct b.id, b.n, b.v from b left join c using (id)
select id, nullif(id, 3) as n, k + 1 as p, id / k as q, id / 2 as h from a
select id, id % 3 as r, id // 3 as z, -id as m, id * 1.5 as p from a
