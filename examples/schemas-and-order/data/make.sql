COPY (
    SELECT 1 + i % 4 AS line,
           ['Harbour', 'Mill', 'Summit'][1 + i % 3] AS station,
           planned,
           planned + to_minutes((i * i % 19 - 6 + i % 4 * 3)::INTEGER) AS arrived
    FROM (SELECT i, TIMESTAMP '2025-03-03 05:00:00' + to_minutes((i * 17)::INTEGER) AS planned FROM range(200) AS n(i))
) TO 'arrivals.parquet';
