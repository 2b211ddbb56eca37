using Kdsl.Bench.Serving.Data;
using Kdsl.Bench.Serving.Judging;
using Kdsl.Bench.Serving.Statistics;
using KernelDsl.Runtime.Text;
using Xunit.Abstractions;

namespace Kdsl.Tests.Bench;

public sealed class DataSetTests(ITestOutputHelper output) : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-bench-").FullName;

    /// <summary>The seed's InputTokens: 60.89, 139, 25, and its percentiles.</summary>
    [Fact]
    public void Gsm8k_First200OfTrain_HasTheSeedsInputTokens()
    {
        string data = Path.Combine(DemoModelTests.RepoRoot, "..", "shared", "data"), file = Path.Combine(data, "gsm8k", "gsm8k-200-train.jsonl"), folder = Path.Combine(data, "qwen2-tokenizer");
        if (!File.Exists(file) || !Directory.Exists(folder))
        {
            output.WriteLine("skipped: ../shared/data/gsm8k or ../shared/data/qwen2-tokenizer is absent");
            return;
        }

        var tokenizer = Tokenizer.Load(folder);
        var summary = Summary.Of(Gsm8k.Read(Source(file)).Select(item => (double)tokenizer.Encode(item.Text).Count));
        Assert.Equal((200, 60.89, 139.0, 25.0), (summary.Count, Math.Round(summary.Average, 4), summary.Max, summary.Min));
        Assert.Equal((71.0, 87.2, 110.05), (summary.P75, Math.Round(summary.P90, 4), Math.Round(summary.P99, 4)));
    }

    [Fact]
    public void Gsm8k_Folder_IsAllItsFiles_AndAnswersAreTheLastWord()
    {
        Write("b.jsonl", """{"question":"Two?","answer":"#### 2"}""" + "\n\n");
        Write("a.jsonl", """{"question":"One\nor more?","answer":"a <<1=1>>1\n#### 1,000"}""");
        Write("notes.txt", "no JSON");
        var items = Gsm8k.Read(Source(_folder)).ToArray();
        Assert.Equal([("0", "One\nor more?", "1,000"), ("1", "Two?", "2")], items.Select(static i => (i.Id, i.Text, i.Answer!)));
    }

    [Fact]
    public void Gsm8k_BrokenLine_IsNamed()
    {
        string file = Write("a.jsonl", """{"question":"Two?","answer":"2"}""" + "\n{\"question\":3}\n");
        Assert.Contains($"{file}:2: 'question' is missing or no text", Assert.Throws<UsageException>(() => Gsm8k.Read(Source(file)).ToArray()).Message, StringComparison.Ordinal);
        File.WriteAllText(file, "[]");
        Assert.Contains($"{file}:1: is a JSON Array", Assert.Throws<UsageException>(() => Gsm8k.Read(Source(file)).ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mmlu_QuestionsFollowExamplesOfTheirSubject()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "test"));
        Directory.CreateDirectory(Path.Combine(_folder, "dev"));
        Write("test/abstract_algebra_test.csv", "\"Which, if any?\",w,x,y,z,C\n");
        Write("dev/abstract_algebra_dev.csv", "First?,1,2,3,4,A\nSecond?,1,2,3,4,B\n");
        var item = Assert.Single(MultipleChoice.ReadMmlu(Source(_folder) with { Shots = 1 }));
        Assert.Equal("The following are multiple choice questions (with answers) about  abstract algebra.\n\nFirst?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: A\n\nWhich, if any?\nA. w\nB. x\nC. y\nD. z\nAnswer:", item.Text);
        Assert.Equal(("abstract_algebra_0", "C"), (item.Id, item.Answer));
    }

    [Fact]
    public void Ceval_HasExamplesOnlyWhereItIsJudged()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "val"));
        Directory.CreateDirectory(Path.Combine(_folder, "dev"));
        Write("val/law_val.csv", "id,question,A,B,C,D,answer\n7,Q?,1,2,3,4,D\n");
        Write("dev/law_dev.csv", "id,question,A,B,C,D,answer,explanation\n0,E?,1,2,3,4,A,why\n");
        var item = Assert.Single(MultipleChoice.ReadCeval(Source(_folder)));
        Assert.Equal(("law_7", "Q?\nA. 1\nB. 2\nC. 3\nD. 4\n", null), (item.Id, item.Text, item.Answer));
        item = Assert.Single(MultipleChoice.ReadCeval(Source(_folder) with { TestAccuracy = true }));
        Assert.StartsWith("The following are multiple choice questions (with answers) about  law.\n\nE?\n", item.Text, StringComparison.Ordinal);
        Assert.Equal("D", item.Answer);
    }

    [Fact]
    public void OtherFormats_AreReadAsMindIEReadsThem()
    {
        string boolq = Write("boolq.jsonl", """{"title":"T","passage":"P.","question":"is it","answer":true}""");
        Assert.Equal("T -- P.\nQuestion: is it?\nAnswer:", JsonLineSets.ReadBoolQ(Source(boolq)).Single().Text);
        string human = Write("human.jsonl", """{"task_id":"HumanEval/0","prompt":"\ndef f():\n    \"\"\"Doc\"\"\"\n"}""");
        Assert.Equal(new DataItem("HumanEval/0", "def f():\n    \"\"\"Doc\"\"\""), JsonLineSets.ReadHumanEval(Source(human)).Single());
        string ids = Write("ids.csv", "1,2,3\n 4, 5\n");
        Assert.Equal([[1, 2, 3], [4, 5]], TokenIds.Read(Source(ids)).Select(static i => i.Tokens!));
        Assert.Contains("'x' is no token id", Assert.Throws<UsageException>(() => TokenIds.Read(Source(Write("bad.csv", "1,x\n"))).ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Completions_EndWithTheFunction()
    {
        Assert.Equal("\n    x = 1\n\n    return x\n", Completion.OfFunction("\n    x = 1\n\n    return x\n\ndef g():\n    pass\n")[..^1] + "\n");
        Assert.Equal("    return 1", Completion.OfFunction("    return 1"));
        Assert.Equal(" 1", Completion.OfFunction(" 1\nprint(f())"));
    }

    [Theory]
    [InlineData("""{"Method":"uniform","Params":{"MinValue":3,"MaxValue":9}}""", 5.5, 3, 8)]
    [InlineData("""{"Method":"gaussian","Params":{"Mean":50,"Var":100,"MinValue":1,"MaxValue":200}}""", 49.5, 1, 200)]
    [InlineData("""{"Method":"zipf","Params":{"Alpha":3,"MinValue":1,"MaxValue":1000}}""", 1.3684, 1, 1000)]
    public void Synthetic_Lengths_FollowTheirLaw(string law, double mean, int least, int most)
    {
        string file = Write("lengths.json", $$$"""{"Input":{{{law}}},"Output":{"Method":"uniform","Params":{"MinValue":5,"MaxValue":5}},"RequestCount":4000}""");
        var items = Synthetic.Read(new DataSource(null, file, null, false, 1)).ToArray();
        var lengths = items.Select(static i => i.Text.Split(' ').Length).ToArray();
        Assert.Equal((4000, 5, 5), (items.Length, items.Min(static i => i.OutputTokens), items.Max(static i => i.OutputTokens)));
        Assert.InRange(lengths.Min(), least, most);
        Assert.InRange(lengths.Max(), least, most);
        // Zeta(2)/zeta(3) for zipf; rounding down takes a half from the others.
        Assert.Equal(mean, lengths.Average(), mean * 0.06);
        Assert.Equal(items.Select(static i => i.Text), Synthetic.Read(new DataSource(null, file, null, false, 1)).Select(static i => i.Text));
    }

    [Fact]
    public void Synthetic_Csv_GivesThePairs()
    {
        string file = Write("lengths.csv", "input,output\n2,7\n1,3\n");
        Assert.Equal([("A A", 7), ("A", 3)], Synthetic.Read(new DataSource(null, file, null, false, 0)).Select(static i => (i.Text, i.OutputTokens!.Value)));
        Assert.Equal(100, Synthetic.Read(new DataSource(null, null, null, false, 0)).Count());
    }

    [Theory]
    [InlineData("""{"Input":{"Method":"uniform","Params":{"MinValue":9,"MaxValue":3}},"Output":{},"RequestCount":1}""", "MinValue is 9, above MaxValue 3")]
    [InlineData("""{"Input":{"Method":"triangle","Params":{"MinValue":1,"MaxValue":3}},"Output":{},"RequestCount":1}""", "Method is 'triangle'; expected uniform, gaussian or zipf")]
    [InlineData("""{"Input":{"Method":"zipf","Params":{"Alpha":1,"MinValue":1,"MaxValue":3}},"Output":{},"RequestCount":1}""", "Alpha is '1'")]
    [InlineData("""{"Input":{"Method":"uniform","Params":{"MinValue":0,"MaxValue":3}}}""", "MinValue is '0'; expected a whole number from 1 to 1048576")]
    [InlineData("""{"RequestCount":1}""", "'Input' is missing")]
    [InlineData("{", "is not valid JSON")]
    public void Synthetic_BrokenConfig_IsNamed(string config, string message)
    {
        string file = Write("lengths.json", config);
        Assert.Contains(message, Assert.Throws<UsageException>(() => Synthetic.Read(new DataSource(null, file, null, false, 0)).ToArray()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("truthfulqa", "supported are gsm8k, synthetic, tokenid, mmlu, ceval, boolq, humaneval.")]
    [InlineData("gsm9k", "supported are gsm8k")]
    [InlineData("mmlu_31", "a whole number of examples from 0 to 30")]
    public void UnknownTypes_AreRefused(string name, string message) => Assert.Contains(message, Assert.Throws<UsageException>(() => DataSetType.Find(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void Types_SayHowTheyAreJudged()
    {
        Assert.Equal((AnswerRule.Letter, 3), (DataSetType.Find("mmlu_3").Type.Rule, DataSetType.Find("mmlu_3").Shots!.Value));
        Assert.Equal(AnswerRule.Number, DataSetType.Find("gsm8k").Type.Rule);
    }

    [Theory]
    [InlineData("a,b\n", "a|b")]
    [InlineData("\"a,\"\"b\"\"\",c\r\n\r\n\"x\ny\",", "a,\"b\"|c/x\ny|")]
    [InlineData("", "")]
    public void Csv_IsReadAndWritten(string text, string rows)
    {
        Assert.Equal(rows, string.Join('/', Csv.Parse(text).Select(static row => string.Join('|', row))));
        foreach (var row in Csv.Parse(text))
            Assert.Equal(row, Csv.Parse(Csv.Line(row)).Single());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static DataSource Source(string path) => new(path, null, null, false, 0);

    string Write(string file, string text)
    {
        string path = Path.Combine(_folder, file);
        File.WriteAllText(path, text);
        return path;
    }
}
