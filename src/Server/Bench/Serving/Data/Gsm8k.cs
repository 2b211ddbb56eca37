namespace Kdsl.Bench.Serving.Data;

/// <summary>Grade school mathematics (Cobbe et al. 2021): the question as it is, without examples; the answer is the text after the last space.</summary>
static class Gsm8k
{
    /// <summary>Reads it.</summary>
    public static IEnumerable<DataItem> Read(DataSource source) =>
        DataFiles.ReadObjects(source.Path).Select(static (item, i) => new DataItem($"{i}", item.Text("question")) { Answer = item.Text("answer").Split(' ')[^1] });
}
