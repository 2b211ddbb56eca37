namespace Kdsl.Bench.Serving.Data;

/// <summary>Data sets of one JSON object a line whose answers are not judged here.</summary>
static class JsonLineSets
{
    /// <summary>BoolQ (Clark et al. 2019): a passage and a question about it.</summary>
    public static IEnumerable<DataItem> ReadBoolQ(DataSource source) =>
        DataFiles.ReadObjects(source.Path).Select(static (item, i) =>
            new DataItem($"{i}", $"{item.Text("title")} -- {item.Text("passage")}\nQuestion: {item.Text("question")}?\nAnswer:"));

    /// <summary>HumanEval (Chen et al. 2021): the head of a function, which the model completes; another program runs the tests.</summary>
    public static IEnumerable<DataItem> ReadHumanEval(DataSource source) =>
        DataFiles.ReadObjects(source.Path).Select(static (item, _) => new DataItem(item.Text("task_id"), item.Text("prompt").Trim()));
}
