SELECT {{missing}}, {{a|upper}}, {{a b}}, '{{a b}}', {{a}, {{ 'x': 1}}, $q$ {{a.b}} $q$, {{
