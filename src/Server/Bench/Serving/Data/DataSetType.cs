using Kdsl.Bench.Serving.Judging;

namespace Kdsl.Bench.Serving.Data;

/// <summary>Where a data set lies and how it is read.</summary>
/// <param name="Path">--DatasetPath; null when not given.</param>
/// <param name="SyntheticConfig">--SyntheticConfigPath; null when not given.</param>
/// <param name="Shots">Examples before each question, of mmlu_N; null: 5.</param>
/// <param name="TestAccuracy">Answers will be judged: ceval gets its examples only then.</param>
/// <param name="Seed">Fixes random lengths.</param>
sealed record DataSource(string? Path, string? SyntheticConfig, int? Shots, bool TestAccuracy, int Seed);

/// <summary>A value of --DatasetType. The formats are MindIE's (benchmark, datasetloaders).</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Rule">How its answers are judged.</param>
/// <param name="Format">What the path holds, for --help and messages.</param>
/// <param name="Read">Reads it.</param>
sealed record DataSetType(string Name, AnswerRule Rule, string Format, Func<DataSource, IEnumerable<DataItem>> Read)
{
    const int MostShots = 30;

    static readonly string[] _others = ["oasst1", "truthfulqa", "mtbench", "cocotest", "textvqa", "videobench", "vocalsound"];

    /// <summary>All that can be read.</summary>
    public static IReadOnlyList<DataSetType> All { get; } =
    [
        new("gsm8k", AnswerRule.Number, "a .jsonl file, or a folder of them, with question and answer", Gsm8k.Read),
        new("synthetic", AnswerRule.None, "lengths drawn as --SyntheticConfigPath says", Synthetic.Read),
        new("tokenid", AnswerRule.None, "a .csv file, or a folder of them, with the token ids of a prompt in each row", TokenIds.Read),
        new("mmlu", AnswerRule.Letter, "a folder with test/*_test.csv and dev/*_dev.csv; mmlu_N gives N examples instead of 5", MultipleChoice.ReadMmlu),
        new("ceval", AnswerRule.Letter, "a folder with val/*_val.csv and dev/*_dev.csv", MultipleChoice.ReadCeval),
        new("boolq", AnswerRule.None, "a .jsonl file, or a folder of them, with title, passage and question", JsonLineSets.ReadBoolQ),
        new("humaneval", AnswerRule.None, "a .jsonl file, or a folder of them, with task_id and prompt", JsonLineSets.ReadHumanEval),
    ];

    /// <summary>Finds the type that --DatasetType names, and its number of examples.</summary>
    /// <exception cref="UsageException">There is no such type.</exception>
    public static (DataSetType Type, int? Shots) Find(string name)
    {
        if (All.FirstOrDefault(type => type.Name == name) is { } exact)
            return (exact, null);
        if (name.StartsWith("mmlu_", StringComparison.Ordinal))
        {
            return int.TryParse(name.AsSpan(5), out int shots) && shots is >= 0 and <= MostShots
                ? (All.First(static type => type.Name == "mmlu"), shots)
                : throw new UsageException($"--DatasetType is '{name}'; mmlu_N takes a whole number of examples from 0 to {MostShots}.");
        }

        string supported = string.Join(", ", All.Select(static type => type.Name));
        throw new UsageException(_others.Contains(name)
            ? $"--DatasetType is '{name}', which MindIE's benchmark reads and this one does not; supported are {supported}."
            : $"--DatasetType is '{name}'; supported are {supported}.");
    }
}
