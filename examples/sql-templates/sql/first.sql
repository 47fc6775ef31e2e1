SELECT {{column|identifier}}, min(happened) AS first_time
FROM events
WHERE {{where}} -- as it is: a piece of SQL, from someone you trust
  AND {{column|identifier}} NOT IN {{excluded|literal}}
GROUP BY 1
