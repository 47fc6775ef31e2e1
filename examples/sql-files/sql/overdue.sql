SELECT title, reader, days, still_out
FROM loan_lengths
WHERE days > 28
ORDER BY days DESC
