COPY (
    FROM (VALUES
        (1, 1, 'Mina', DATE '2025-01-07', DATE '2025-01-28'),
        (2, 2, 'Omar', DATE '2025-01-09', DATE '2025-03-02'),
        (3, 3, 'Mina', DATE '2025-02-20', NULL),
        (4, 1, 'Ida', DATE '2025-03-25', NULL)
    ) AS loans(id, book, reader, lent, returned)
) TO 'loans.parquet';
