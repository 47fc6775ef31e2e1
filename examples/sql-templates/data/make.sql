COPY (
    SELECT i AS id,
           ['ada', 'grace', 'test', 'O''Brien'][1 + i * i % 11 % 4] AS "user id",
           CASE WHEN i % 7 = 3 THEN 'purchase' ELSE 'click' END AS kind,
           TIMESTAMP '2025-01-30 08:00:00' + to_hours((i * 2)::INTEGER) AS happened
    FROM range(60) AS numbers(i)
) TO 'events.parquet';
