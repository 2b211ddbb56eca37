namespace Kdsl.Bench.Serving.Data;

/// <summary>An answer to HumanEval as its test program reads it.</summary>
static class Completion
{
    /// <summary>The rest of the function: up to the first line after it that is not indented.</summary>
    public static string OfFunction(string answer)
    {
        var lines = answer.Split('\n');
        int end = Array.FindIndex(lines, Math.Min(1, lines.Length - 1), static line => line.Length > 0 && line[0] is not (' ' or '\t' or '\r'));
        return end > 0 ? string.Join('\n', lines[..end]) : answer;
    }
}
