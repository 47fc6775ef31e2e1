-- 3,000 orders by plain arithmetic, so that they are the same everywhere; a folder for each year.
COPY (
    SELECT year,
           i AS id,
           1 + i * i % 7 % 3 AS shop,
           make_date(year, (1 + i % 12)::INTEGER, (1 + i % 28)::INTEGER) AS ordered_on,
           (5 + i * 37 % 401 / 10)::DECIMAL(8, 2) AS amount
    FROM (SELECT i, (2024 + i % 5 // 3)::INTEGER AS year FROM range(1, 3001) AS numbers(i))
    ORDER BY id
) TO 'orders' (FORMAT parquet, PARTITION_BY (year));
