using KernelDsl.Runtime.Grammar;
using Xunit.Abstractions;

namespace EngineTests.Grammar;

/// <summary>What llama.cpp's tests expect of schemas and grammars.</summary>
public class LlamaCppCaseTests(ITestOutputHelper output)
{
    [Fact]
    public void Schema_AcceptsAndRejects_AsListed() => Check("llamacpp-schema-accept-reject.jsonl", "schema", GrammarData.Schema);

    [Fact]
    public void Gbnf_AcceptsAndRejects_AsListed() => Check("llamacpp-gbnf-accept-reject.jsonl", "gbnf", Grammars.OfGbnf);

    [Fact]
    public void Schema_ThatLlamaCppConverts_IsConverted()
    {
        var wrong = new List<string>();
        foreach (var row in GrammarData.Rows("llamacpp-schema-to-gbnf.jsonl", output))
        {
            try
            {
                GrammarData.Schema(row.GetProperty("schema").GetString()!).Accepts("");
                if (!row.GetProperty("ok").GetBoolean())
                    wrong.Add($"{row.GetProperty("name")} was converted");
            }
            catch (GrammarException e)
            {
                if (row.GetProperty("ok").GetBoolean())
                    wrong.Add($"{row.GetProperty("name")}: {e.Message}");
            }
        }

        Assert.Empty(wrong);
    }

    void Check(string file, string field, Func<string, RuleSet> compile)
    {
        var wrong = new List<string>();
        foreach (var row in GrammarData.Rows(file, output))
        {
            var name = row.GetProperty("name").GetString();
            RuleSet rules;
            try
            {
                rules = compile(row.GetProperty(field).GetString()!);
            }
            catch (GrammarException e) when (e.Message.Contains("tokens (<...>) are not supported", StringComparison.Ordinal))
            {
                // Its texts were token ids, which the data does not have.
                output.WriteLine($"refused: {name}");
                continue;
            }

            wrong.AddRange(row.Texts("accept").Where(text => !rules.Accepts(text)).Select(text => $"{name} should accept {text}"));
            wrong.AddRange(row.Texts("reject").Where(rules.Accepts).Select(text => $"{name} should reject {text}"));
        }

        Assert.Empty(wrong);
    }
}
