using System.Text;

namespace Kdsl.Bench.Serving.Data;

/// <summary>Questions with the choices A to D: MMLU (Hendrycks et al. 2021) and C-Eval (Huang et al. 2023), after examples of the same subject.</summary>
static class MultipleChoice
{
    const int DefaultShots = 5;

    /// <summary>MMLU: test/SUBJECT_test.csv without a head, examples in dev/SUBJECT_dev.csv.</summary>
    public static IEnumerable<DataItem> ReadMmlu(DataSource source) =>
        from file in DataFiles.Find(Folder(source.Path, "test"), "_test.csv")
        let subject = Path.GetFileName(file)[..^"_test.csv".Length]
        let examples = Rows(Path.Combine(source.Path!, "dev", subject + "_dev.csv"), head: false).Take(source.Shots ?? DefaultShots).ToArray()
        from item in Rows(file, head: false).Select((question, i) => Item($"{subject}_{i}", question, Examples(subject, examples)))
        select item;

    /// <summary>C-Eval: val/SUBJECT_val.csv with a head, examples in dev/SUBJECT_dev.csv; without judging, only the question.</summary>
    public static IEnumerable<DataItem> ReadCeval(DataSource source) =>
        from file in DataFiles.Find(Folder(source.Path, "val"), "_val.csv")
        let subject = Path.GetFileName(file)[..^"_val.csv".Length]
        let examples = source.TestAccuracy ? Rows(Path.Combine(source.Path!, "dev", subject + "_dev.csv"), head: true).Take(DefaultShots).ToArray() : null
        from question in Rows(file, head: true)
        select examples is null ? new DataItem($"{subject}_{question.Id}", question.Text) : Item($"{subject}_{question.Id}", question, Examples(subject, examples));

    static DataItem Item(string id, Question question, string examples) => new(id, $"{examples}{question.Text}Answer:") { Answer = question.Answer };

    // Two blanks before the subject: so the original prompts have it, and with them the published numbers.
    static string Examples(string subject, IEnumerable<Question> examples)
    {
        var text = new StringBuilder($"The following are multiple choice questions (with answers) about  {subject.Replace('_', ' ')}.\n\n");
        foreach (var example in examples)
            text.Append($"{example.Text}Answer: {example.Answer}\n\n");
        return text.ToString();
    }

    static string? Folder(string? path, string name) => path is null || File.Exists(path) || !Directory.Exists(Path.Combine(path, name))
        ? throw new UsageException($"--DatasetPath is '{path}'; expected the data set's folder, with {name} and dev in it.")
        : Path.Combine(path, name);

    static IEnumerable<Question> Rows(string file, bool head)
    {
        var rows = Csv.Parse(DataFiles.ReadText(file));
        if (!head)
            return rows.Select((row, i) => Read(row, ["question", "A", "B", "C", "D", "answer"], $"{file}:{i + 1}"));
        var names = rows.FirstOrDefault() ?? throw new UsageException($"{file}: is empty; expected a head with id, question, A, B, C, D and answer.");
        return rows.Skip(1).Select((row, i) => Read(row, names, $"{file}:{i + 2}"));
    }

    static Question Read(IReadOnlyList<string> row, IReadOnlyList<string> names, string place)
    {
        string Field(string name)
        {
            int column = Enumerable.Range(0, names.Count).FirstOrDefault(i => names[i] == name, -1);
            return column >= 0 && column < row.Count ? row[column] : throw new UsageException($"{place}: '{name}' is missing.");
        }

        return new(names.Contains("id") ? Field("id") : "", $"{Field("question")}\nA. {Field("A")}\nB. {Field("B")}\nC. {Field("C")}\nD. {Field("D")}\n", Field("answer"));
    }

    sealed record Question(string Id, string Text, string Answer);
}
