-- A library: what is lent now, and what was, in a file for each of the years before.
ATTACH 'library.duckdb' AS library;
CREATE SCHEMA library.lending;
CREATE TABLE library.lending.books (id INTEGER PRIMARY KEY, title VARCHAR, author VARCHAR);
INSERT INTO library.lending.books VALUES
    (1, 'The Left Hand of Darkness', 'Le Guin'),
    (2, 'Kindred', 'Butler'),
    (3, 'Solaris', 'Lem'),
    (4, 'Roadside Picnic', 'Strugatsky');
CREATE TABLE library.lending.loans (book INTEGER, reader VARCHAR, lent DATE, due DATE);
INSERT INTO library.lending.loans VALUES
    (2, 'Mina', '2025-03-03', '2025-03-31'),
    (4, 'Omar', '2025-03-10', '2025-04-07');
DETACH library;

ATTACH 'archive-2023.duckdb' AS archive_2023;
CREATE TABLE archive_2023.loans AS
    SELECT 1 + i % 3 AS book, DATE '2023-01-02' + (i * 11)::INTEGER AS lent, 7 + i % 21 AS days FROM range(30) AS n(i);
DETACH archive_2023;

ATTACH 'archive-2024.duckdb' AS archive_2024;
CREATE TABLE archive_2024.loans AS
    SELECT 1 + i % 4 AS book, DATE '2024-01-02' + (i * 9)::INTEGER AS lent, 5 + i % 25 AS days, 'desk' AS returned_at
    FROM range(40) AS n(i);
DETACH archive_2024;
