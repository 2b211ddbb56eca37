using KernelDsl.Runtime.Text.Templates;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Tests.Text;

/// <summary>The language piece by piece. Expected texts and messages were printed by jinja2 3.1.6.</summary>
public class TemplateTests
{
    static string Render(string source, params (string Name, Value Value)[] variables) =>
        Template.Parse(source).Render(variables.Select(v => KeyValuePair.Create(v.Name, v.Value)), new DateTime(2026, 3, 5, 7, 8, 9));

    [Theory]
    [InlineData("{{ 1.5|int }} {{ 'a'|int(none) }} {{ '0x1f'|int(0,16) }} {{ 1e300*1e10 }} {{ 2**-1 }} {{ 7//-2 }} {{ -7%3 }} {{ 7.5//2 }}", "1 None 31 inf 0.5 -4 2 3.0")]
    [InlineData("{{ 1/3 }} {{ 1e16 }} {{ 123456789012345680.0 }} {{ 0.0001 }} {{ 0.00001 }} {{ -0.0 }}", "0.3333333333333333 1e+16 1.2345678901234568e+17 0.0001 1e-05 -0.0")]
    [InlineData("{{ 1e400|round }} {{ (0 - 1e400)|round(2) }}", "inf -inf")]
    [InlineData("{{ 3|round }} {{ 2.5|round }} {{ 2.675|round(2) }} {{ 1234.5|round(-2) }} {{ 2.1|round(0,'ceil') }}", "3 2.0 2.67 1200.0 3.0")]
    [InlineData("{{ '%s|%5d|%-5s|%05.1f|%x' % ('a',3,'b',2.25,255) }}", "a|    3|b    |002.2|ff")]
    [InlineData("{{ 'a b  c '.split() }} {{ ' a b c'.rsplit(None,1) }} {{ 'a,b,'.split(',') }} {{ ''.split(',') }} {{ ''.split() }}", "['a', 'b', 'c'] [' a b', 'c'] ['a', 'b', ''] [''] []")]
    [InlineData("{{ 'aXbX'.replace('X','',1) }} {{ 'abc'.replace('','-') }}", "abX -a-b-c-")]
    [InlineData("{{ '{:>5}|{:.2f}|{a!r}'.format('x',2.5,a='x') }}", "    x|2.50|'x'")]
    [InlineData("{{ 'straße'|upper }} {{ 'x' ~ 1.0 ~ none ~ true }}", "STRASSE x1.0NoneTrue")]
    [InlineData("{{ [1,[2,(3,)],{'a':none}] }} {{ 'it\\'s' }} {{ ['it\\'s','\\n\u00e9\u200b'] }}", "[1, [2, (3,)], {'a': None}] it's [\"it's\", '\\n\u00e9\\u200b']")]
    [InlineData("{{ 'hello world foo'|title }} {{ \"it's a-b\"|title }} {{ \"it's\".title() }}", "Hello World Foo It's A-B It'S")]
    [InlineData("{{ 'abcdef'[::-1] }} {{ 'abcdef'[1:-1:2] }} {{ [1,2,3][-2:] }} {{ 'a😀b'[1] }} {{ 'a😀b'|length }}", "fedcba bd [2, 3] 😀 3")]
    [InlineData("{{ 1 == 1.0 }} {{ true == 1 }} {{ '1' == 1 }} {{ [1,2] < [1,3] }} {{ {1:2, 1.0:3} }}", "True True False True {1: 3}")]
    [InlineData("{{ {'a':1}|tojson(indent=2) }} {{ []|tojson(indent=2) }} {{ [1,[2]]|tojson(indent=1) }}", "{\n  \"a\": 1\n} [] [\n 1,\n [\n  2\n ]\n]")]
    [InlineData("{{ 'é\"\\\\'|tojson }} {{ 'é'|tojson(ensure_ascii=true) }} {{ {'b':1,'a':1.0}|tojson(sort_keys=true, separators=(',',':')) }}", "\"é\\\"\\\\\" \"\\u00e9\" {\"a\":1.0,\"b\":1}")]
    [InlineData("{{ range(3) }} {{ {}.items() }} {{ {'a':1}.items()|list }} {{ none.x }} {{ {'items':1}['items'] }}", "range(0, 3) dict_items([]) [('a', 1)]  1")]
    [InlineData("{% for i in [1,2,3] if i>1 %}{{loop.length}}{{loop.revindex}}{% else %}no{% endfor %}", "2221")]
    [InlineData("{% for a,b in {'x':1}.items() %}{{a}}{{b}}{{loop.index}}{% endfor %}", "x11")]
    [InlineData("{% set x = 1 %}{% for i in [1,2] %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}", "221")]
    [InlineData("{% set n = namespace(x=1) %}{% for i in [1,2] %}{% set n.x = n.x + 1 %}{% endfor %}{{ n.x }}", "3")]
    [InlineData("{% for x in [1,[2,[3]]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}{{ loop.depth }}{% endif %}{% endfor %}", "11(22(33))")]
    [InlineData("{% for i in range(9) %}{% if i == 2 %}{% continue %}{% elif i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}", "0134")]
    [InlineData("{% macro m(a, b=a) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }}{{ m(1,2,3,k=4) }}", "11(){}12(3,){'k': 4}")]
    [InlineData("{% macro m() %}<{{ caller(7) }}>{% endmacro %}{% call(x) m() %}{{ x }}{% endcall %}", "<7>")]
    [InlineData("{% set x | upper | trim %} ab {% endset %}{{ x }}{% filter lower %}ABC{% endfilter %}{% with a=1 %}{{ a }}{% endwith %}{{ a }}", "ABabc1")]
    [InlineData("{% generation %}{{ 1 }}{% endgeneration %}{% raw %}{{ x }}{% endraw %}{# gone #}", "1{{ x }}")]
    [InlineData("a\n  {% if true %}\n  b\n  {%- endif %}\n c {{- 1 -}} \n d {%+ if true +%}\n{% endif %}\n", "a\n  b c1d \n")]
    [InlineData("{{ strftime_now('%d %b %Y %-d %H:%M %j %p %%') }}", "05 Mar 2026 5 07:08 064 AM %")]
    [InlineData("{{ [3,1,2]|sort(reverse=true) }} {{ [{'a':2},{'a':1}]|sort(attribute='a')|map(attribute='a')|join(',') }} {{ ['b','A']|sort }}", "[3, 2, 1] 1,2 ['A', 'b']")]
    [InlineData("{{ [1,2,3,4]|batch(3,0)|list }} {{ [1,2,3]|slice(2)|list }} {{ {'b':1,'a':2}|dictsort }} {{ [1,1.0,2]|unique|list }}", "[[1, 2, 3], [4, 0, 0]] [[1, 2], [3]] [('a', 2), ('b', 1)] [1, 2]")]
    [InlineData("{% for k, g in [{'a':1,'b':2},{'a':1,'b':3}]|groupby('a') %}{{ k }}{{ g|map(attribute='b')|list }}{% endfor %}", "1[2, 3]")]
    [InlineData("{{ 'x'|safe + '<' }} {{ '<'|e }} {{ 'a\nb'|indent(2) }} {{ 'a b c d'|truncate(5, leeway=0) }} {{ 'é1_ x'|wordcount }}", "x&lt; &lt; a\n  b a... 2")]
    [InlineData("{{ 2 is odd }}{{ 1 is number }}{{ true is number }}{{ true is integer }}{{ 'a' is sequence }}{{ x is defined }}{{ 3 is in [3] }}{{ 4 is divisibleby 2 }}", "FalseTrueTrueFalseTrueFalseTrueTrue")]
    [InlineData("{{ true|round }} {{ [1,2]|truncate(4) }} {{ 'a' % [1] }} {{ ' a b '.split(none, 1) }} {{ 'x'.rsplit() }}", "1 [1, 2] a ['a', 'b '] ['x']")]
    [InlineData("{{ x or 'd' }} {{ x|default('e') }} {{ ''|d('f', true) }} {{ 'a' if false }} {{ not x and 1 }} {{ 1 < 2 < 3 }} {{ 1 in [1] and 2 not in [1] }}", "d e f  1 True True")]
    public void Render_Source_GivesTheTextOfJinja2(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("\n{{ x.y }}", 2, "'x' is undefined")]
    [InlineData("{{ {'a':1}.b.c }}", 1, "'dict object' has no attribute 'b'")]
    [InlineData("{{ [][0].x }}", 1, "list object has no element 0")]
    [InlineData("{{ 'a' + 1 }}", 1, "can only concatenate str (not \"int\") to str")]
    [InlineData("{{ 1 + 'a' }}", 1, "unsupported operand type(s) for +: 'int' and 'str'")]
    [InlineData("{{ 1 < 'a' }}", 1, "'<' not supported between instances of 'int' and 'str'")]
    [InlineData("{{ 1 in 'abc' }}", 1, "'in <string>' requires string as left operand, not int")]
    [InlineData("{{ [].append(1) }}", 1, "access to attribute 'append' of 'list' object is unsafe.")]
    [InlineData("{% for x in none %}{% endfor %}", 1, "'NoneType' object is not iterable")]
    [InlineData("{{ x() }}", 1, "'x' is undefined")]
    [InlineData("{{ 'a'() }}", 1, "'str' object is not callable")]
    [InlineData("{{ [1]|map('upper')|last }}", 1, "'generator' object is not reversible")]
    [InlineData("{{ x|tojson }}", 1, "Object of type Undefined is not JSON serializable")]
    [InlineData("{{ 0 ** -1 }}", 1, "0.0 cannot be raised to a negative power")]
    [InlineData("{{ 1|truncate }}", 1, "object of type 'int' has no len()")]
    [InlineData("{{ 1 // 0 }}", 1, "integer division or modulo by zero")]
    [InlineData("{% set a, b = [1] %}", 1, "not enough values to unpack (expected 2, got 1)")]
    [InlineData("{{ range(100001) }}", 1, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).")]
    [InlineData("a\n{% if true %}\n{{ raise_exception('no\nway') }}{% endif %}", 3, "no\nway")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}", 1, "maximum recursion depth exceeded")]
    public void Render_WrongUse_RaisesWhatJinja2Raises(string source, int line, string reason)
    {
        var error = Assert.Throws<TemplateException>(() => Render(source));
        Assert.Equal((reason, line), (error.Reason, error.Line));
    }

    [Theory]
    [InlineData("a\n{% if %}", 2)]
    [InlineData("{% if true %}", 1)]
    [InlineData("{{ 1", 1)]
    [InlineData("{{ 'a }}", 1)]
    [InlineData("\n\n{% nope %}", 3)]
    [InlineData("{{ 1|nope }}", 1)]
    [InlineData("{{ 1 is nope }}", 1)]
    [InlineData("{% include 'x' %}", 1)]
    [InlineData("{% break %}", 1)]
    [InlineData("{{ f(a=1, 2) }}", 1)]
    [InlineData("{% set true = 1 %}", 1)]
    [InlineData("{# open", 1)]
    [InlineData("{% raw %}", 1)]
    [InlineData("{{ a ! b }}", 1)]
    public void Parse_Malformed_NamesTheLine(string source, int line) =>
        Assert.Equal(line, Assert.Throws<TemplateException>(() => Template.Parse(source)).Line);

    public static TheoryData<string> Bombs => new()
    {
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(100) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
        "{{ 9 ** 999999999 }}",
        "{{ 'a'.ljust(2000000000) }}",
        "{{ '%2000000000d' % 1 }}",
        "{{ 'a'|center(2000000000) }}",
        "{% for x in [[]] recursive %}{{ loop([x]) }}{% endfor %}",
        "{{ 'a'|indent(2000000000, true) }}",
        "{% for a in range(100000) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' * 100000 }}{% endfor %}",
        new string('(', 100_000),
        "{{ " + new string('-', 100_000) + "1 }}",
        string.Concat(Enumerable.Repeat("{% if true %}", 100_000)),
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Render_Bomb_FailsWithinItsLimits(string source)
    {
        TemplateLimits limits = new(Steps: 100_000);
        Assert.Throws<TemplateException>(() => Template.Parse(source.StartsWith('(') ? "{{ " + source : source).Render([], limits: limits));
    }

    [Fact]
    public void Parse_RandomCutsOfATemplate_NeverFailsOtherwise()
    {
        const string Source = "{%- set n = namespace(a=[1, 'x']) %}{# c #}{% for m in ms if m.x is not none %}{{ (m['a'] ~ 1.5)[1:]|join(', ') }}{% else %}{% raw %}{{ {% endraw %}{% endfor %}";
        Random random = new(4);
        for (int i = 0; i < 20_000; i++)
        {
            int a = random.Next(Source.Length), b = random.Next(Source.Length);
            string source = Source[..a] + Source[b..];
            try
            {
                Template.Parse(source).Render([], limits: new(Steps: 1000));
            }
            catch (TemplateException)
            {
            }
        }
    }
}
