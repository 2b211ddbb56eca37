using KernelDsl.Runtime.Grammar;

namespace EngineTests.Grammar;

/// <summary>Keyword by keyword: what a schema lets through, and what it refuses to be.</summary>
public class SchemaTests
{
    [Theory]
    [InlineData("{}", "{}|{\"a\": [1, null]}", "[]|null|1|")]
    [InlineData("true", "[]|null|1|{\"a\":{}}", "|[,]|{a:1}")]
    [InlineData("""{"description":"anything"}""", "[]|null", "a")]
    [InlineData("""{"type":["string","null"]}""", "null|\"x\"", "1|nul")]
    [InlineData("""{"const":"a\"b\\c\né"}""", "\"a\\\"b\\\\c\\né\"", "\"a\"")]
    [InlineData("""{"enum":[1,"1",{"a":[]}]}""", "1|\"1\"|{\"a\":[]}|{ \"a\": [ ] }", "2|{\"a\":1}")]
    [InlineData("""{"type":"integer","enum":[1,"a",2.5]}""", "1", "2.5|\"a\"")]
    [InlineData("""{"enum":["a","abc","abcde"],"minLength":2,"pattern":"c$"}""", "\"abc\"", "\"a\"|\"abcde\"")]
    [InlineData("""{"enum":[1,5,10],"maximum":9,"exclusiveMinimum":1}""", "5", "1|10")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"ab\"|\"é🙂\\n\"|\"\\ud83d\\ude42a\"", "\"a\"|\"abcd\"|\"\\ud83d\"")]
    [InlineData("""{"type":"string","pattern":"^[a-z]+$","maxLength":3}""", "\"abc\"", "\"\"|\"abcd\"|\"A\"")]
    [InlineData("""{"type":"string","pattern":"b"}""", "\"b\"|\"abc\"|\"\\nb\"", "\"ac\"")]
    [InlineData("""{"type":"string","pattern":"^\"\\\\$"}""", "\"\\\"\\\\\"", "\"\"\\\"")]
    [InlineData("""{"type":"string","pattern":"^A|B|C|D$"}""", "\"A\"|\"D\"", "\"AB\"|\"\"")]
    [InlineData("""{"pattern":"^a\\^\\$\\.\\[\\]\\(\\)\\{\\}\\*\\+\\?b$"}""", "\"a^$.[](){}*+?b\"", "\"ab\"")]
    [InlineData("""{"allOf":[{"pattern":"^a"},{"pattern":"z$"}],"type":"string"}""", "\"az\"|\"abz\"", "\"a\"|\"z\"")]
    [InlineData("""{"format":"date"}""", "\"2012-04-23\"|\"2024-02-29\"|\"2000-02-29\"", "\"2023-02-29\"|\"1900-02-29\"|\"2012-04-31\"|\"2012-13-01\"")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2012-04-23T18:25:43.511Z\"|\"2012-04-23T18:25:43+01:00\"", "\"2012-04-23\"|\"2012-04-23T24:00:00Z\"")]
    [InlineData("""{"format":"time"}""", "\"18:25:43.511Z\"", "\"18:25\"")]
    [InlineData("""{"format":"uuid"}""", "\"12345678-1234-1234-1234-1234567890ab\"", "\"12345678\"")]
    [InlineData("""{"type":"string","format":"fancy"}""", "\"anything\"", "1")]
    [InlineData("""{"items":[{"format":"date"},{"format":"uuid"}]}""", "[\"2012-04-23\",\"12345678-1234-1234-1234-1234567890ab\"]", "[\"2012-04-23\"]|[]")]
    [InlineData("""{"prefixItems":[{"type":"string"},{"type":"number"}],"items":{"type":"null"}}""", "[\"a\",1]|[\"a\", 1.5, null, null]", "[1,\"a\"]|[\"a\"]|[\"a\",1,2]")]
    [InlineData("""{"prefixItems":[{"type":"string"},{"type":"number"}],"minItems":1}""", "[\"a\"]|[\"a\",1]", "[]|[\"a\",1,2]")]
    [InlineData("""{"items":false}""", "[]", "[1]")]
    [InlineData("""{"type":"array","maxItems":0}""", "[]", "[1]")]
    [InlineData("""{"type":"array","minItems":2,"maxItems":3,"items":{"type":"boolean"}}""", "[true,false]|[true, true,\n true]", "[true]|[true,true,true,true]")]
    [InlineData("""{"allOf":[{"items":{"type":"number"}},{"items":{"minimum":3},"maxItems":2}]}""", "[3,4]|[]", "[2]|[3,4,5]")]
    [InlineData("""{"properties":{"a":{"type":"integer"},"b":true},"required":["b"]}""", "{\"a\":1,\"b\":[]}|{\"b\":{}}", "{}|{\"a\":1}|{\"b\":1,\"a\":1}")]
    [InlineData("""{"properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}""", "{\"a\":1,\"b\":\"\"}|{\"b\":\"\"}|{\"aa\":\"\"}|{}", "{\"a\":\"\"}|{\"b\":1}|{\"b\":\"\",\"a\":1}|{\"\\u0061\":\"\"}")]
    [InlineData("""{"properties":{"":{"type":"integer"}},"additionalProperties":{"type":"null"}}""", "{\"\":1}|{\"x\":null}", "{\"\":null}|{\"x\":1}")]
    [InlineData("""{"required":["x"],"type":"object"}""", "{\"x\":1}", "{}|{\"x\":1,\"y\":1}")]
    [InlineData("""{"type":"object","minProperties":1,"maxProperties":2}""", "{\"a\":1}|{\"a\":1,\"b\":2}", "{}|{\"a\":1,\"b\":2,\"c\":3}")]
    [InlineData("""{"type":"object","additionalProperties":false}""", "{}", "{\"a\":1}")]
    [InlineData("""{"patternProperties":{"^n":{"type":"integer"}}}""", "{}|{\"n\":1}|{\"n1\":1,\"nn\":2}", "{\"n\":\"\"}|{\"m\":1}|{\"mn\":1}")]
    [InlineData("""{"patternProperties":{"^n":{"type":"integer"}},"additionalProperties":{"type":"null"}}""", "{\"n\":1,\"m\":null}|{\"mn\":null}|{\"\":null}", "{\"n\":null}|{\"m\":1}")]
    [InlineData("""{"patternProperties":{"a":{"type":"integer"},"b$":{"minimum":5}},"additionalProperties":false}""", "{\"a\":1}|{\"ab\":5}|{\"b\":7}", "{\"ab\":4}|{\"c\":1}|{\"b\":4}")]
    [InlineData("""{"properties":{"n1":{"minimum":5}},"patternProperties":{"^n":{"type":"integer"}}}""", "{\"n1\":5,\"n2\":1}|{\"n2\":1}", "{\"n1\":4}|{\"n1\":5.5}|{\"n2\":1,\"n1\":5}")]
    [InlineData("""{"properties":{"n":true},"patternProperties":{"^n":false,"^m":{"type":"null"}}}""", "{}|{\"m\":null}", "{\"n\":1}|{\"nn\":1}")]
    [InlineData("""{"allOf":[{"patternProperties":{"^n":{"type":"integer"}},"additionalProperties":false},{"additionalProperties":{"minimum":3}}]}""", "{\"n\":3}", "{\"n\":2}|{\"m\":3}")]
    [InlineData("""{"propertyNames":{"pattern":"^[a-z]+$","maxLength":2},"additionalProperties":{"type":"null"}}""", "{\"a\":null,\"zz\":null}", "{\"A\":null}|{\"abc\":null}|{\"\":null}")]
    [InlineData("""{"propertyNames":{"enum":["a","bc",1]},"type":"object"}""", "{\"a\":1}|{\"bc\":[]}|{}", "{\"b\":1}|{\"1\":1}")]
    [InlineData("""{"properties":{"ab":true,"cd":true},"propertyNames":{"$ref":"#/$defs/n"},"additionalProperties":true,"$defs":{"n":{"minLength":2,"allOf":[{"pattern":"^a"}]}}}""", "{\"ab\":1,\"ax\":1}", "{\"cd\":1}|{\"a\":1}|{\"x\":1}")]
    [InlineData("""{"propertyNames":false,"type":"object"}""", "{}", "{\"a\":1}")]
    [InlineData("""{"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"a":{"minimum":5},"b":{}},"required":["a"]}]}""", "{\"a\":5}|{\"a\":6,\"b\":1}", "{\"a\":4}|{\"b\":1}")]
    [InlineData("""{"allOf":[{"properties":{"a":true},"additionalProperties":false},{"properties":{"b":true}}]}""", "{\"a\":1}|{}", "{\"b\":1}")]
    [InlineData("""{"properties":{"k":{"enum":["x","y"]}},"required":["k"],"anyOf":[{"properties":{"v":{"type":"null"}},"required":["v"]},{"properties":{"w":{"type":"null"}}}]}""", "{\"k\":\"x\",\"v\":null}|{\"k\":\"y\"}", "{\"v\":null}")]
    [InlineData("""{"$ref":"#/$defs/n","$defs":{"n":{"properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["v","next"]}}}""",
        "{\"v\":1,\"next\":null}|{\"v\":1,\"next\":{\"v\":2,\"next\":{\"v\":3,\"next\":null}}}", "{\"v\":1}|{\"v\":1,\"next\":{\"v\":2}}")]
    [InlineData("""{"type":"array","items":{"$ref":"#"}}""", "[]|[[],[[]]]", "[1]|[[]")]
    [InlineData("""{"$ref":"#here","$defs":{"a":{"$anchor":"here","type":"null"}}}""", "null", "1")]
    [InlineData("""{"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":{"type":"null"}}}""", "null", "1")]
    [InlineData("""{"$ref":"#/$defs/s","maxLength":2,"$defs":{"s":{"type":"string","minLength":1}}}""", "\"ab\"", "\"\"|\"abc\"")]
    [InlineData("""{"type":"integer","minimum":-12,"maximum":207}""", "-12|-1|0|9|10|99|100|207", "-13|208|-0|00|1.0|2000")]
    [InlineData("""{"type":"integer","exclusiveMinimum":-5}""", "-4|0|1234567890123456", "-5|-6|12345678901234567")]
    [InlineData("""{"type":"integer","minimum":2.5,"maximum":3.5}""", "3", "2|4")]
    [InlineData("""{"type":"number","exclusiveMinimum":0}""", "0.001|1|12.50", "0|0.0|-1|0.00")]
    [InlineData("""{"type":"number","minimum":-1.25,"maximum":1.5}""", "-1.25|-1.250|-0.3|0|1|1.5|1.50|1.49", "-1.26|-1.251|1.51|1.501|2|-2|10")]
    [InlineData("""{"type":"number","minimum":1,"exclusiveMinimum":true}""", "1.0001|2", "1|1.0")]
    [InlineData("""{"type":"number"}""", "-0.5|1e10|1E-5|12.5e+3|0", "01|.5|1.|+1|1e|--1")]
    [InlineData("""{"type":"array","prefixItems":{"type":"string"}}""", "[]|[\"a\",\"b\"]", "[1]")]
    public void Schema_AcceptsAndRejects(string schema, string accept, string reject)
    {
        var rules = GrammarData.Schema(schema);
        Assert.All(accept.Split('|'), text => Assert.True(rules.Accepts(text), text));
        Assert.All(reject.Split('|'), text => Assert.False(rules.Accepts(text), text));
    }

    [Theory]
    [InlineData("""{"type":"kaboom"}""", "kaboom")]
    [InlineData("""{"type":123}""", "123")]
    [InlineData("""{"properties":{"a":{"not":{"type":"null"}}}}""", "'not'")]
    [InlineData("""{"if":{},"then":{}}""", "'if'")]
    [InlineData("""{"type":"object","patternProperties":[]}""", "patternProperties must be")]
    [InlineData("""{"patternProperties":{"(?=a)":true}}""", "#/patternProperties/(?=a): ")]
    [InlineData("""{"patternProperties":{"a":true,"b":true,"c":true,"d":true,"e":true,"f":true,"g":true}}""", "7 patterns")]
    [InlineData("""{"propertyNames":{"anyOf":[{"maxLength":2}]}}""", "#/propertyNames offers alternatives")]
    [InlineData("""{"propertyNames":{"maxLength":2},"required":["abc"]}""", "No text satisfies")]
    [InlineData("""{"type":"integer","multipleOf":3}""", "'multipleOf'")]
    [InlineData("""{"properties":{"a":true},"minProperties":1}""", "'minProperties'")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "#/$defs/none")]
    [InlineData("""{"$ref":"other.json"}""", "other.json")]
    [InlineData("""{"$ref":"#"}""", "refers to itself")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"type":"null"}]}""", "refers to itself")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"null"}]}""", "No text satisfies")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "No text satisfies")]
    [InlineData("""{"properties":{"a":{"$ref":"#"}},"required":["a"]}""", "No text satisfies")]
    [InlineData("""{"type":"string","maxLength":-1}""", "-1")]
    [InlineData("""{"type":"string","maxLength":1000000}""", "65536")]
    [InlineData("""{"type":"string","pattern":"(?=a)"}""", "lookahead")]
    [InlineData("""{"items":3}""", "schema is an object")]
    [InlineData("""{"anyOf":[]}""", "anyOf")]
    [InlineData("""{"type":"array","minItems":60000,"items":{"type":"array","minItems":60000,"items":{"type":"array","minItems":60000,"items":{"type":"string","minLength":60000}}}}""", "nodes")]
    [InlineData("""{"type":"string","pattern":"^(a|b)*a(a|b){40}$"}""", "states")]
    [InlineData("""{"type":"string","pattern":"^((a{1,1000}){1,1000}){1,1000}$"}""", "states")]
    public void Schema_ThatCannotBeServed_IsRefusedWithItsReason(string schema, string reason) =>
        Assert.Contains(reason, Assert.Throws<GrammarException>(() => GrammarData.Schema(schema).Accepts("")).Message, StringComparison.Ordinal);

    [Fact]
    public void AnyOf_CombinedOverAndOver_IsRefusedBeforeItCosts()
    {
        var twenty = string.Join(',', Enumerable.Range(0, 20).Select(i => $$"""{"anyOf":[{"minLength":{{i}}},{"maxLength":{{i + 100}}},{"type":"string"}]}"""));
        var error = Assert.Throws<GrammarException>(() => GrammarData.Schema($$"""{"allOf":[{{twenty}}]}"""));
        Assert.Contains("rules", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Space_InJson_IsBounded()
    {
        var rules = GrammarData.Schema("""{"type":"array","items":{"type":"null"}}""");
        Assert.True(rules.Accepts("[\n  null,\n  null\n]\n"));
        Assert.False(rules.Accepts("[   null]"));
        Assert.False(rules.Accepts("[\n\n\nnull]"));
        Assert.False(rules.Accepts("[null]\n" + new string(' ', 21)));
    }
}
