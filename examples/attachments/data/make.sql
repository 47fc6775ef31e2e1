ATTACH 'shop.duckdb' AS shop;
CREATE SCHEMA shop.crm;
CREATE TABLE shop.crm.customers (id INTEGER, name VARCHAR, owed INTEGER);
INSERT INTO shop.crm.customers VALUES (1, 'Ada', 120), (2, 'Grace', 80), (3, 'Edsger', 45);
DETACH shop;

ATTACH 'ledger.sqlite' AS ledger (TYPE sqlite);
CREATE TABLE ledger.payments (customer INTEGER, amount INTEGER, paid_on DATE);
INSERT INTO ledger.payments VALUES (1, 50, '2025-03-01'), (2, 80, '2025-03-04'), (1, 20, '2025-04-01');
DETACH ledger;
