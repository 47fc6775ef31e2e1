-- {{a}} of {{ a-b }}
SELECT {{b}} AS n, '{{a|literal}}', {{ a | identifier }}, {'x': {{m}}}, MAP {{'k': {{b}}}: 2}, {{{b}}}, format('{{}}')
FROM t_{{b}} WHERE x IN {{'}} /* {{a b}} */
