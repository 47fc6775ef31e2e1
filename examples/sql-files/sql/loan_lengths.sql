-- How long each loan was. Those that are not back yet count up to a fixed day, so that this example always
-- prints the same; a real one would say current_date.
SELECT
    loans.id,
    books.title,
    reader,
    coalesce(returned, DATE '2025-03-31') - lent AS days,
    returned IS NULL AS still_out
FROM loans
JOIN books ON books.id = loans.book;
