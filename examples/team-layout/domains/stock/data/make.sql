ATTACH 'warehouse.duckdb' AS warehouse;
CREATE TABLE warehouse.pieces AS FROM (VALUES ('tea', 40), ('pot', 15), ('cup', 6)) AS t(product, pieces);
DETACH warehouse;
