CREATE TABLE orders AS
    SELECT i AS id,
           ['Ada', 'Grace', 'Edsger'][1 + i % 3] AS customer,
           (10 + i * 7 % 90)::DECIMAL(8, 2) AS amount
    FROM range(1, 1001) AS numbers(i);
COPY (FROM orders ORDER BY id) TO 'orders.parquet';
COPY (FROM orders ORDER BY id LIMIT 20) TO 'sample.parquet';
