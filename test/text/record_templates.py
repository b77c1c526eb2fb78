# SPDX-License-Identifier: Apache-2.0
"""Records what Jinja2 makes of chat templates and of many small expressions; needs `pip install jinja2==3.1.6`.

usage: record_templates.py > Inputs/templates.json
The environment is the one of Hugging Face's apply_chat_template. A case without "output" must end in an error.
"""
import datetime
import glob
import json
import os
import sys

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("render"), [], [], body).set_lineno(line)

    def render(self, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


ENVIRONMENT = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                                           extensions=[Generation, jinja2.ext.loopcontrols])
ENVIRONMENT.filters["tojson"] = tojson
ENVIRONMENT.globals["raise_exception"] = raise_exception
ENVIRONMENT.globals["strftime_now"] = lambda f: datetime.datetime.fromtimestamp(0, datetime.timezone.utc).strftime(f)

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Weather of a \"place\" in °C.", "parameters": {
    "type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "factor": 0.5}},
    "required": ["place"]}, "return": {"type": "number"}}},
    {"type": "function", "function": {"name": "now", "description": "Time", "parameters": {}}}]
CALL = {"id": "abcdef123", "type": "function", "function": {"name": "weather", "arguments": {"place": "Zürich 🏔", "days": 2}}}
CHATS = [
    [{"role": "user", "content": "Hello, who are you?"}],
    [{"role": "system", "content": "  Be brief. \n"}, {"role": "user", "content": " 1 < 2 & 'x' \"y\"\n\ttab "}],
    [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": " Hello!\n"}, {"role": "user", "content": "日本語 😀"}],
    [{"role": "user", "content": "q"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nanswer"},
     {"role": "user", "content": "more"}, {"role": "assistant", "content": "<think>\nhm2\n</think>\n\nlast"}],
    [{"role": "user", "content": "q"}, {"role": "assistant", "content": "", "tool_calls": [CALL]},
     {"role": "tool", "content": "21.5", "tool_call_id": "abcdef123"}, {"role": "assistant", "content": "It is 21.5"},
     {"role": "user", "content": "thanks"}],
    [{"role": "user", "content": "q"}, {"role": "assistant", "content": "calling", "tool_calls": [CALL, CALL]},
     {"role": "tool", "content": {"t": [1, 2.0, None, True]}, "tool_call_id": "abcdef123"}, {"role": "tool", "content": "b", "tool_call_id": "x"}],
    [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "reasoning_content": "\nbecause\n", "content": "yes"}],
    [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "what is it?"}, {"type": "image"}]},
     {"role": "skip", "content": "x"}, {"role": "assistant", "content": [{"type": "text", "text": "a cat"}]},
     {"role": "stop", "content": "x"}, {"role": "user", "content": "y"}],
    [{"role": "assistant", "content": "I begin"}, {"role": "user", "content": "no"}],
    [],
]

CONTEXT = {"s": "Hello, Wörld 😀!", "e": "", "n": 7, "f": 2.5, "t": True, "z": None, "l": [3, 1, 2], "w": ["b", "A", "c"],
           "d": {"k": "v", "list": [1, [2, 3]], "n": {"x": None}}, "m": [{"r": "u", "c": 1}, {"r": "a", "c": 2}, {"r": "u", "c": 3}],
           "ws": "  a  b\tc\n"}
EXPRESSIONS = """
s|length; s|upper; s|lower; s.title(); ws|title; s|capitalize; s[0]; s[-1]; s[-2]; s[1:4]; s[::-1]; s[7:]; s[:-3]; s[::2]; s[10:2:-2]; s[100]
s.split(','); ws.split(); ws.split(' '); 'a,b,c,d'.split(',', 2); 'a,b,c'.rsplit(',', 1); ' a b  c '.split(none, 1); ' a b  c '.rsplit(none, 1)
ws.strip(); ws.lstrip(); ws.rstrip(); 'xxaxx'.strip('x'); 'abcba'.lstrip('ab'); 'abcba'.rstrip('ab'); ws|trim; 'xax'|trim('x')
s.startswith('He'); s.startswith(('a', 'H')); s.endswith('!'); s.replace('l', 'L'); s.replace('l', 'L', 1); 'aaa'|replace('a', 'b'); 'aaa'|replace('a', 'b', 2); 'ab'.replace('', '-')
s.find('W'); s.find('?'); s.count('l'); s.index(','); 'a\\nb\\r\\nc'.splitlines(); '12'.isdigit(); 'ab1'.isalnum(); 'ab'.isalpha(); ''.isdigit(); 'Ab'.islower(); 'AB'.isupper()
'-'.join(w); w|join; w|join(', '); m|join('/', attribute='c'); l|join(':'); 'abc'.removeprefix('a'); 'abc'.removesuffix('c'); 'a'.upper() + 'B'.lower()
n + 1; n - 1.5; n * 2; n / 2; n // 2; -n // 2; n % 3; -n % 3; n ** 2; 2 ** -1; 7.5 // 2; -7.5 % 2; f * 2; 1 / 4; 10 / 5; 1e20; 1.0; 0.1 + 0.2; 1e-7; 123456789.123; 1e16; 1_000
n > 3 and n < 10; 1 < n < 10; 1 < n < 5; not n; n == 7.0; t == 1; n != 7; 'a' < 'b'; [1, 2] < [1, 3]; n >= 7 or x.y; z is none; z == none
e or 'x'; e and 'x'; n or 'x'; 'x' if n > 3 else 'y'; 'x' if n > 30; ('x' if n > 30 else 'y') ~ 'z'; 'x' ~ 1 ~ none ~ true ~ [1, 'a'] ~ 1.5; 'a' * 3; [1] * 2; 3 * 'ab'; [1] + [2]; (1, 2) + (3,)
'l' in s; 'q' in s; 3 in l; 9 not in l; 'k' in d; 'q' not in d; n in [7]; 1 in (1, 2); '' in e
l; d; w; (1, 'a'); [none, true, 1.5, 'it\\'s', "q\\"x", 'a\\nb']; {'a': 1, 2: [3]}; {}; []; (1,); ()
l[0]; l[-1]; l[5]; l[1:]; l[::-1]; l[-2:]; l[:1]; d.k; d['k']; d.q; d.list[1][0]; d.n.x; d['n']['x']; d.get('k'); d.get('q'); d.get('q', 5); d.items()|list; d.keys()|list; d.values()|list; m[0].r; m[-1]['c']; l.0
l|length; l|first; l|last; l|sort; l|sort(reverse=true); w|sort; w|sort(case_sensitive=true); m|sort(attribute='r')|map(attribute='c')|list; l|reverse|list; 'abc'|reverse; l|min; l|max; l|sum; [1, 1, 2]|unique|list; ['a', 'A']|unique|list
m|map(attribute='r')|list; w|map('upper')|list; m|selectattr('r', 'equalto', 'u')|list; m|rejectattr('r', 'eq', 'u')|map(attribute='c')|list; l|select('odd')|list; l|reject('gt', 1)|list; [0, 1, '']|select|list; m|selectattr('q', 'defined')|list; m|map(attribute='q', default=0)|list; m|selectattr('c', '>=', 2)|map(attribute='c')|join(',')
d|tojson; m|tojson; d|tojson(indent=2); s|tojson; '</x>\\u00e9\\u0001\\t'|tojson; []|tojson(indent=2); {}|tojson; 1.5|tojson; none|tojson; d|tojson(separators=(',', ':')); {'b': 1, 'a': 2}|tojson(sort_keys=true); {'a': {}}|tojson(indent=1); 1e20|tojson; [[]]|tojson(indent=4)
q|default('x'); e|default('x'); e|default('x', true); q|d; z|default('x'); q.r|default('x') if q is defined else 'no'; n|string; '42'|int; 'x'|int; 'x'|int(5); '1.9'|int; 1.9|int; '1.5'|float; n|float; 3.7|round; 3.14159|round(2); 3.2|round(0, 'ceil'); -5|abs; '-3'|int|abs; true|int
n is defined; q is defined; q is undefined; q is not defined; n is number; f is float; n is integer; t is boolean; t is true; z is none; s is string; l is string; d is mapping; l is mapping; l is iterable; n is iterable; s is iterable; l is sequence; n is odd; n is even; n is divisibleby(7); n is divisibleby 7; n is eq(7); n is equalto 7; n is ne 8; n is gt 3; n is in [7]; 'a' is in 'abc'; 'a' is lower; 'A' is upper; n is sameas n; range is callable; not n is defined; n is not none and t
range(3)|list; range(1, 7, 2)|list; range(5, 0, -2)|list; dict(a=1, b='c'); d|items|list; d|dictsort; 'a\\nb'|indent; 'a\\nb'|indent(2, true); '<a href="x">&\\'</a>'|e; 'x'|safe; 'abc'|list; d|list; d|length; d|first
q; q|length; q|join; q ~ 'x'; not q; q == q; q or 'y'; z; z ~ ''; [z, q is defined]; "a" "b"; 'a\\tb\\x41\\u00e9'; n|string|length; -n|abs; -1|abs; (n, 2)[1]; n if t else q.x; [n for_]; 'a'.b is defined; n.real is defined and false
q.x; q['x']; q.x(); n(); 'a' + 1; 1 + 'a'; q + 1; l.append(1); raise_exception('no'); 1 // 0; n % 0; s.nope(); n|nope; n is nope; l|first|nope; [1] < 'a'; 1 < 'a'; 'a' in 1; n[0]|string; for x; {{ 1; 1 +; (1; [1; {1: ; 'a; a b; 'x' if; range(200000)|list|length; n.; .n; |x; n|; 5 5; d|join(',')
""".strip()

BLOCKS = [
    "{% for x in l %}{{ loop.index }}/{{ loop.length }}:{{ x }}{{ ', ' if not loop.last }}{% endfor %}",
    "{% for x in l if x > 1 %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ x }};{% else %}none{% endfor %}",
    "{% for x in [] %}x{% else %}none{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }}\n{% endfor %}",
    "{% for k, v in d|dictsort %}{{ k }}{% endfor %}{% for c in 'aé' %}[{{ c }}]{% endfor %}{% for k in d %}{{ k }}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% if x == 2 %}{% break %}{% endif %}{% endfor %}",
    "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem|default('end') }}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}{{ loop.index }}|{% endfor %}",
    "{% set a = 1 %}{% for x in l %}{% set a = a + x %}{{ a }} {% endfor %}{{ a }}",
    "{% set ns = namespace(a=1, b='x') %}{% for x in l %}{% set ns.a = ns.a + x %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.q is defined }}",
    "{% set a, b = 1, 'z' %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}",
    "{% set x %}  text {{ n }}\n{% endset %}[{{ x }}]{% set y | upper | trim %} up {% endset %}[{{ y }}]",
    "{% if n == 1 %}a{% elif n == 7 %}b{% elif n == 8 %}c{% else %}d{% endif %}{% if not l %}{% else %}y{% endif %}",
    "{% if t %}{% set v = 1 %}{% endif %}{{ v }}",
    "{% macro f(a, b=2, c='x') %}<{{ a }},{{ b }},{{ c }}>{% endmacro %}{{ f(1) }}{{ f(1, c=3) }}{{ f(b=1, a=2) }}{{ f() }}{{ f('q')|upper }}",
    "{% set g = 5 %}{% macro f() %}{{ g }}{% set g = 6 %}{{ g }}{% endmacro %}{{ f() }}{{ g }}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{% macro box(t) %}[{{ t }}:{{ caller() }}]{% endmacro %}{% call box('x') %}in {{ n }}{% endcall %}",
    "{% for x in l %}{% call(y) m2() %}{{ x }}{{ y }}{% endcall %}{% endfor %}{% macro m2() %}{% endmacro %}",
    "{% macro m3() %}({{ caller(4) }}){% endmacro %}{% for x in l %}{% call(y) m3() %}{{ x }}{{ y }}{% endcall %}{% endfor %}",
    "{% filter upper %}abc {{ s }}{% endfilter %}",
    "{% raw %}{{ not }} {% this %}{% endraw %} after",
    "{%- raw -%}  {{ x }}  {%- endraw -%}  z",
    "a {# comment #} b {#- trimmed -#} c\n{# line #}\nd",
    "  {% if t %}\n  x\n  {% endif %}\n  y\n",
    "  {%+ if t %}\n  x\n  {%+ endif +%}\n  y\n",
    "a\n  {%- if t -%}\n  x\n  {%- endif %}\n  y\n\n",
    "x {% if t %} y {% endif %} z\n   {{ n }}\n   {{- n -}}   \n w",
    "{% if t %}\n\n{% endif %}\n\nend\n\n",
    "a\r\nb{% if t %}\r\nc{% endif %}\r\n",
    "\t {% set q = 1 %}\t\n{{ q }}\n\n",
    "{{ 'a\nb' }}{{ '{{' }}{{ '%}' }}{{ \"}}\" }}",
    "{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': {'b': 1}}.a.b }}",
    "{%- for m2 in m %}\n    {%- if loop.first %}F{% endif %}\n    {{- m2.r }}\n{%- endfor %}\n\n!",
    "{% generation %}g{{ n }}{% endgeneration %}{% for x in l %}{% generation %}{{ x }}{% endgeneration %}{% endfor %}",
    "{% for (a, b) in [(1, 2), (3, 4)] %}{{ a }}{{ b }}{% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}{% endfor %}",
    "{% for a in 5 %}{% endfor %}", "{% for a in q %}x{% endfor %}ok", "{% endif %}", "{% if t %}", "{% for x %}{% endfor %}",
    "{% unknown %}", "{% set %}", "{{", "{% if", "{# open", "{% raw %}x", "{% macro f %}{% endmacro %}", "{{ n }", "{{ n %}",
    "{% else %}", "{% break %}", "{% set q.x = 1 %}", "{% set d.x = 1 %}", "{% if t %}{% endfor %}", "{{ }}", "{% %}",
    "{% macro r() %}{{ r() }}{% endmacro %}{{ r() }}",
    "{{ strftime_now('%Y-%m-%d %H:%M') }}",
    "{% set ns = namespace(x=[]) %}{% for i in l %}{% set ns.x = ns.x + [i * 2] %}{% endfor %}{{ ns.x }}",
    "{% for x in l -%}\n   {{ x }}\n{%- endfor -%}  end",
    "{{- s -}}  \n\n{{ n }}", "{{ s\n|\nupper }}", "{% set a = ['x',\n 'y',] %}{{ a }}", "{{ [1, 2,] }}{{ {'a': 1,} }}{{ (1, 2,) }}",
    "{{ '%s' }}{{ 'é'|length }}{{ 'é'[0] }}", "é{{ n }}日{% if t %}本{% endif %}", "{{ not (n > 3) }}{{ not n > 3 }}{{ (not n) == 3 }}",
]


def main():
    sources = [open(p, encoding="utf-8").read() for p in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates", "*.jinja")))]
    cases, contexts = [], []

    def add(template, source, variables):
        if variables not in contexts:
            contexts.append(variables)
        case = {"template": template, "variables": contexts.index(variables)}
        try:
            case["output"] = ENVIRONMENT.from_string(source).render(**variables)
        except Exception:  # what fails there must fail here, whatever the reason
            pass
        cases.append(case)

    for number, source in enumerate(sources):
        for chat in CHATS:
            for extra in ({"add_generation_prompt": True}, {"tools": TOOLS, "enable_thinking": False},
                          {"tools": TOOLS, "tools_in_user_message": False, "add_vision_id": True, "add_generation_prompt": False}):
                add(number, source, {"messages": chat, "bos_token": "<s>", "eos_token": "</s>", **extra})
    for line in EXPRESSIONS.split("\n"):
        for expression in line.split("; "):
            add("{{ " + expression + " }}", "{{ " + expression + " }}", CONTEXT)
    for block in BLOCKS:
        add(block, block, CONTEXT)
    json.dump({"templates": sources, "variables": contexts, "cases": cases}, sys.stdout, ensure_ascii=False, indent=0)


if __name__ == "__main__":
    main()
