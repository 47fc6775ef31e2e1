-- Tables in a schema of their own, anew each time.
CREATE SCHEMA IF NOT EXISTS shop.duckalog_example;
USE shop.duckalog_example;
DROP TABLE IF EXISTS order_lines;
DROP TABLE IF EXISTS orders;
CREATE TABLE orders (id INTEGER, customer VARCHAR, ordered_at TIMESTAMP);
INSERT INTO orders VALUES
    (1, 'Ada', '2025-03-01 09:12:00'), (2, 'Grace', '2025-03-01 17:40:00'), (3, 'Ada', '2025-03-04 11:05:00');
CREATE TABLE order_lines ("order" INTEGER, product VARCHAR, pieces INTEGER, price DECIMAL(8, 2));
INSERT INTO order_lines VALUES
    (1, 'tea', 2, 4.50), (1, 'pot', 1, 19.00), (2, 'tea', 5, 4.20), (3, 'cup', 6, 3.75), (3, 'tea', 1, 4.50);
