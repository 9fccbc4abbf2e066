-- K-factor: how many first orders each buyer of a week brought by invitation.
WITH paid AS (
  SELECT
    JSON_VALUE(data, '$.customerId') AS customer,
    NULLIF(JSON_VALUE(data, '$.inviterId'), '') AS inviter,
    TIMESTAMP(JSON_VALUE(data, '$.occurTime')) AS at
  FROM `${project}.events.order`
  WHERE JSON_VALUE(attributes, '$."ce-type"') = 'order.paid'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY JSON_VALUE(attributes, '$."ce-id"') ORDER BY publish_time) = 1
), firsts AS (
  SELECT customer, inviter, at FROM paid WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY customer ORDER BY at) = 1
), buyers AS (
  SELECT DATE_TRUNC(DATE(at, 'Asia/Tokyo'), WEEK(MONDAY)) AS week, COUNT(DISTINCT customer) AS buyers FROM paid GROUP BY week
), brought AS (
  SELECT DATE_TRUNC(DATE(at, 'Asia/Tokyo'), WEEK(MONDAY)) AS week, COUNT(*) AS brought FROM firsts WHERE inviter IS NOT NULL GROUP BY week
)
SELECT week, buyers, IFNULL(brought, 0) AS brought, SAFE_DIVIDE(IFNULL(brought, 0), buyers) AS k_factor
FROM buyers LEFT JOIN brought USING (week)
