COPY (
    SELECT i AS id,
           1 + i % 3 AS customer,
           DATE '2025-01-03' + (i * 2)::INTEGER AS ordered_on,
           (15 + i * 13 % 70)::DECIMAL(8, 2) AS amount,
           CASE WHEN i % 9 = 4 THEN 'cancelled' ELSE 'paid' END AS status
    FROM range(90) AS numbers(i)
) TO 'orders.parquet';
