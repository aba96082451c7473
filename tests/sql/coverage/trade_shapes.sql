-- Queries in the shapes of TPC-H, in our own words: what each asks for, over tables of our own.
-- 1: totals of a range of dates, by two flags
SELECT returned, open, SUM(qty) AS pieces, SUM(price * (1 - rebate)) AS net, SUM(price * (1 - rebate) * (1 + tax)) AS charged, AVG(qty) AS usual, COUNT(*) AS n
FROM item_line WHERE sent <= DATE '2000-03-01' - INTERVAL '20' DAY GROUP BY returned, open ORDER BY returned, open;
-- 2: the cheapest offer of each part in an area
SELECT m.funds, m.maker, n.country, p.part FROM part AS p, maker AS m, offer AS o, country AS n, area AS a
WHERE p.part = o.part AND m.maker = o.maker AND p.size = 3 AND p.kind LIKE '%v1' AND m.country = n.country AND n.area = a.area AND a.name = 'v1'
AND o.cost = (SELECT MIN(o2.cost) FROM offer AS o2, maker AS m2, country AS n2, area AS a2 WHERE p.part = o2.part AND m2.maker = o2.maker AND m2.country = n2.country AND n2.area = a2.area AND a2.name = 'v1')
ORDER BY m.funds DESC, n.name, m.maker LIMIT 100;
-- 3: the most valuable orders that were not yet sent
SELECT l.sale, SUM(l.price * (1 - l.rebate)) AS worth, s.placed, s.urgency FROM buyer AS b, sale AS s, item_line AS l
WHERE b.trade = 'v2' AND b.buyer = s.buyer AND l.sale = s.sale AND s.placed < DATE '2000-02-01' AND l.sent > DATE '2000-01-15'
GROUP BY l.sale, s.placed, s.urgency ORDER BY worth DESC, s.placed LIMIT 10;
-- 4: orders with a late line, by urgency
SELECT urgency, COUNT(*) AS n FROM sale AS s WHERE s.placed >= DATE '2000-01-01' AND s.placed < DATE '2000-01-01' + INTERVAL '3' MONTH
AND EXISTS (SELECT * FROM item_line AS l WHERE l.sale = s.sale AND l.due < l.got) GROUP BY urgency ORDER BY urgency;
-- 5: what makers of a country sold to buyers of the same country
SELECT n.name, SUM(l.price * (1 - l.rebate)) AS worth FROM buyer AS b, sale AS s, item_line AS l, maker AS m, country AS n, area AS a
WHERE b.buyer = s.buyer AND l.sale = s.sale AND l.maker = m.maker AND b.country = m.country AND m.country = n.country AND n.area = a.area AND a.name = 'v1' AND s.placed >= DATE '2000-01-01'
GROUP BY n.name ORDER BY worth DESC;
-- 6: what a change of small rebates would bring
SELECT SUM(price * rebate) AS gain FROM item_line WHERE sent >= DATE '2000-01-01' AND sent < DATE '2001-01-01' AND rebate BETWEEN 1 AND 5 AND qty < 24;
-- 7: trade between two countries, by year
SELECT giver, taker, y, SUM(amount) AS amount FROM (
  SELECT n1.name AS giver, n2.name AS taker, EXTRACT(YEAR FROM l.sent) AS y, l.price * (1 - l.rebate) AS amount
  FROM maker AS m, item_line AS l, sale AS s, buyer AS b, country AS n1, country AS n2
  WHERE m.maker = l.maker AND s.sale = l.sale AND b.buyer = s.buyer AND m.country = n1.country AND b.country = n2.country
  AND ((n1.name = 'v1' AND n2.name = 'v2') OR (n1.name = 'v2' AND n2.name = 'v1')) AND l.sent BETWEEN DATE '2000-01-01' AND DATE '2000-12-31') AS trade
GROUP BY giver, taker, y ORDER BY giver, taker, y;
-- 8: the share of one country in a market
SELECT y, SUM(CASE WHEN country = 'v1' THEN amount ELSE 0 END) / SUM(amount) AS share FROM (
  SELECT EXTRACT(YEAR FROM s.placed) AS y, l.price * (1 - l.rebate) AS amount, n2.name AS country
  FROM part AS p, maker AS m, item_line AS l, sale AS s, buyer AS b, country AS n1, country AS n2, area AS a
  WHERE p.part = l.part AND m.maker = l.maker AND l.sale = s.sale AND s.buyer = b.buyer AND b.country = n1.country AND n1.area = a.area AND a.name = 'v2' AND m.country = n2.country AND p.kind = 'v1') AS whole
GROUP BY y ORDER BY y;
-- 9: profit by country and year
SELECT country, y, SUM(profit) AS profit FROM (
  SELECT n.name AS country, EXTRACT(YEAR FROM s.placed) AS y, l.price * (1 - l.rebate) - o.cost * l.qty AS profit
  FROM part AS p, maker AS m, item_line AS l, offer AS o, sale AS s, country AS n
  WHERE m.maker = l.maker AND o.maker = l.maker AND o.part = l.part AND p.part = l.part AND s.sale = l.sale AND m.country = n.country AND p.name LIKE '%v%') AS profits
GROUP BY country, y ORDER BY country, y DESC;
-- 10: buyers who sent most back
SELECT b.buyer, b.name, SUM(l.price * (1 - l.rebate)) AS lost, n.name AS country FROM buyer AS b, sale AS s, item_line AS l, country AS n
WHERE b.buyer = s.buyer AND l.sale = s.sale AND l.returned = 'v1' AND b.country = n.country GROUP BY b.buyer, b.name, n.name ORDER BY lost DESC LIMIT 20;
-- 11: parts that are a large share of a country's stock
SELECT o.part, SUM(o.cost * o.stock) AS worth FROM offer AS o, maker AS m, country AS n WHERE o.maker = m.maker AND m.country = n.country AND n.name = 'v1'
GROUP BY o.part HAVING SUM(o.cost * o.stock) > (SELECT SUM(o2.cost * o2.stock) * 0.1 FROM offer AS o2, maker AS m2, country AS n2 WHERE o2.maker = m2.maker AND m2.country = n2.country AND n2.name = 'v1') ORDER BY worth DESC;
-- 12: urgent and other orders by the way of transport
SELECT l.way, SUM(CASE WHEN s.urgency = 'v1' OR s.urgency = 'v2' THEN 1 ELSE 0 END) AS urgent, SUM(CASE WHEN s.urgency <> 'v1' AND s.urgency <> 'v2' THEN 1 ELSE 0 END) AS others
FROM sale AS s, item_line AS l WHERE s.sale = l.sale AND l.way IN ('v1', 'v0') AND l.due < l.got AND l.sent < l.due GROUP BY l.way ORDER BY l.way;
-- 13: how many buyers have how many orders
SELECT orders, COUNT(*) AS buyers FROM (SELECT b.buyer, COUNT(s.sale) AS orders FROM buyer AS b LEFT JOIN sale AS s ON b.buyer = s.buyer AND s.note NOT LIKE '%v2%' GROUP BY b.buyer) AS per_buyer (buyer, orders)
GROUP BY orders ORDER BY buyers DESC, orders DESC;
-- 14: the share that promoted parts have in what was earned
SELECT 100.00 * SUM(CASE WHEN p.kind LIKE 'v1%' THEN l.price * (1 - l.rebate) ELSE 0 END) / NULLIF(SUM(l.price * (1 - l.rebate)), 0) AS share
FROM item_line AS l, part AS p WHERE l.part = p.part AND l.sent >= DATE '2000-01-01' AND l.sent < DATE '2000-01-01' + INTERVAL '1' MONTH;
-- 15: the makers who earned most
WITH earned AS (SELECT maker, SUM(price * (1 - rebate)) AS total FROM item_line WHERE sent >= DATE '2000-01-01' GROUP BY maker)
SELECT m.maker, m.name, e.total FROM maker AS m, earned AS e WHERE m.maker = e.maker AND e.total = (SELECT MAX(total) FROM earned) ORDER BY m.maker;
-- 16: how many makers offer parts, without those complained about
SELECT p.brand, p.kind, p.size, COUNT(DISTINCT o.maker) AS makers FROM offer AS o, part AS p
WHERE p.part = o.part AND p.brand <> 'v1' AND p.kind NOT LIKE 'v2%' AND p.size IN (1, 2, 3) AND o.maker NOT IN (SELECT maker FROM maker WHERE note LIKE '%v0%')
GROUP BY p.brand, p.kind, p.size ORDER BY makers DESC, p.brand, p.kind, p.size;
-- 17: what small orders of a part bring a year
SELECT SUM(l.price) / 7.0 AS yearly FROM item_line AS l, part AS p WHERE p.part = l.part AND p.brand = 'v1' AND l.qty < (SELECT 0.2 * AVG(i.qty) FROM item_line AS i WHERE i.part = p.part);
-- 18: orders of many pieces
SELECT b.name, b.buyer, s.sale, s.placed, SUM(l.qty) AS pieces FROM buyer AS b, sale AS s, item_line AS l
WHERE s.sale IN (SELECT sale FROM item_line GROUP BY sale HAVING SUM(qty) > 3) AND b.buyer = s.buyer AND s.sale = l.sale GROUP BY b.name, b.buyer, s.sale, s.placed ORDER BY s.placed LIMIT 100;
-- 19: three kinds of parts, each in its own amount
SELECT SUM(l.price * (1 - l.rebate)) AS worth FROM item_line AS l, part AS p
WHERE (p.part = l.part AND p.brand = 'v1' AND p.kind IN ('v1', 'v2') AND l.qty >= 1 AND l.qty <= 11 AND p.size BETWEEN 1 AND 5 AND l.way = 'v1')
OR (p.part = l.part AND p.brand = 'v2' AND p.kind IN ('v2', 'v0') AND l.qty >= 2 AND l.qty <= 12 AND p.size BETWEEN 1 AND 10 AND l.way = 'v2')
OR (p.part = l.part AND p.brand = 'v0' AND p.kind IN ('v0', 'v1') AND l.qty >= 3 AND l.qty <= 13 AND p.size BETWEEN 1 AND 15 AND l.way = 'v0');
-- 20: makers with more stock of a part than half of what was sold
SELECT m.name FROM maker AS m, country AS n WHERE m.maker IN (SELECT o.maker FROM offer AS o WHERE o.part IN (SELECT part FROM part WHERE name LIKE 'v%')
  AND o.stock > (SELECT 0.5 * SUM(l.qty) FROM item_line AS l WHERE l.part = o.part AND l.maker = o.maker AND l.sent >= DATE '2000-01-01')) AND m.country = n.country AND n.name = 'v1' ORDER BY m.name;
-- 21: makers who alone kept an order waiting
SELECT m.name, COUNT(*) AS waited FROM maker AS m, item_line AS l1, sale AS s, country AS n WHERE m.maker = l1.maker AND s.sale = l1.sale AND s.state = 'v1' AND l1.got > l1.due
AND EXISTS (SELECT * FROM item_line AS l2 WHERE l2.sale = l1.sale AND l2.maker <> l1.maker) AND NOT EXISTS (SELECT * FROM item_line AS l3 WHERE l3.sale = l1.sale AND l3.maker <> l1.maker AND l3.got > l3.due)
AND m.country = n.country AND n.name = 'v1' GROUP BY m.name ORDER BY waited DESC, m.name LIMIT 100;
-- 22: rich buyers who never bought, by the code of their number
SELECT code, COUNT(*) AS n, SUM(funds) AS funds FROM (SELECT SUBSTRING(phone FROM 1 FOR 2) AS code, funds FROM buyer AS b WHERE SUBSTRING(phone FROM 1 FOR 2) IN ('v1', 'v2')
  AND funds > (SELECT AVG(funds) FROM buyer WHERE funds > 0.00 AND SUBSTRING(phone FROM 1 FOR 2) IN ('v1', 'v2')) AND NOT EXISTS (SELECT * FROM sale AS s WHERE s.buyer = b.buyer)) AS rich GROUP BY code ORDER BY code
