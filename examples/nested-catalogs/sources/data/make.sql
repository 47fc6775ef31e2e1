COPY (
    SELECT 'm' || (1 + i % 4) AS meter,
           TIMESTAMP '2025-03-01 06:00:00' + to_hours((i // 4 * 12)::INTEGER) AS read_at,
           CASE WHEN i = 9 THEN -1 WHEN i = 14 THEN 9999 ELSE 4 + i % 5 END AS kwh
    FROM range(16) AS numbers(i)
) TO 'readings.parquet';
ATTACH 'registry.duckdb' AS registry;
CREATE TABLE registry.meters AS
    FROM (VALUES ('m1', 'Hill Road '), ('m2', 'Hill Road'), ('m3', ' Quay'), ('m4', 'Quay')) AS t(meter, street);
DETACH registry;
