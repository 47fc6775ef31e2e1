-- {{kind|literal}} in quotes, as a value; {{grain|literal}} and {{least}} too, each where SQL wants it.
SELECT date_trunc({{grain|literal}}, happened)::DATE AS {{grain|identifier}}, count(*) AS {{kind|identifier}}
FROM events
WHERE kind = {{kind|literal}}
GROUP BY 1
HAVING count(*) >= {{least}}
ORDER BY 1
