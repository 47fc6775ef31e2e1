SELECT product, sum(pieces) AS sold
FROM sales.orders
GROUP BY product
