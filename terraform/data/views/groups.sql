-- One row per group: when it was opened and formed, how it ended, how many it had.
SELECT
  JSON_VALUE(data, '$.groupId') AS group_id,
  ANY_VALUE(JSON_VALUE(data, '$.campaignId')) AS campaign_id,
  ANY_VALUE(JSON_VALUE(data, '$.leaderId')) AS leader_id,
  MIN(IF(type = 'group.opened', at, NULL)) AS opened_at,
  MIN(IF(type = 'group.formed', at, NULL)) AS formed_at,
  MIN(IF(type IN ('group.settled', 'group.expired', 'group.cancelled'), at, NULL)) AS ended_at,
  MAX(CAST(JSON_VALUE(data, '$.confirmed') AS INT64)) AS members
FROM (
  SELECT data, JSON_VALUE(attributes, '$."ce-type"') AS type, TIMESTAMP(JSON_VALUE(data, '$.occurTime')) AS at
  FROM `${project}.events.group`
)
GROUP BY group_id
