COPY (FROM (VALUES (1, 'tea', 30), (2, 'pot', 2), (3, 'tea', 25), (4, 'cup', 12)) AS t(id, product, pieces))
    TO 'orders.parquet';
