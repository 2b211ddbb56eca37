using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>Reductions along the columns: each thread folds its own columns in ascending order, then the threads of the row combine.</summary>
internal sealed partial class CudaLowering
{
    private readonly Dictionary<string, TileValue> _hoisted = [];
    private readonly HashSet<string> _combined = [];

    /// <summary>A sum over a loop's blocks: threads fold into the carried value, which starts neutral, and combine once, after the loop.</summary>
    private void Hoist(Carried carried, Reduce reduce, Elementwise combine)
    {
        Define(carried.Value, (_, _) => Neutral(reduce.Reduction));
        _registers[combine.Result.Name] = _registers[carried.Value.Name];
        _hoisted[reduce.Result.Name] = carried.Value;
        _combined.Add(combine.Result.Name);
    }

    private bool IsHoisted(Op op) => op is Elementwise e && _combined.Contains(e.Result.Name);

    private void FinishHoisted(Carried carried, Reduce reduce)
    {
        var layout = _layouts.Of(carried.Value);
        for (int i = 0; i < layout.Rows(carried.Value.Rows); i++)
        {
            string total = Register(carried.Value, i, 0), combination = Combination(reduce.Reduction);
            if (Width(reduce, layout) is > 1 and var width)
                _code.Line($"{total} = RowReduce.Reduce<{combination}>({total}, {width}, scratch);");
            _code.Line($"{total} = {combination}.Combine({Register(carried.Initial, i, 0)}, {total});");
        }
    }

    /// <summary>Threads that hold a row of what is reduced.</summary>
    private static int Width(Reduce reduce, Layout layout) => reduce.Source.Cols.Length == 1 ? 1 : layout.Width;

    private Func<int, int, string?> PrintReduction(Reduce reduce, Layout layout)
    {
        bool hoisted = _hoisted.TryGetValue(reduce.Result.Name, out var carried);
        if (hoisted) _registers[reduce.Result.Name] = _registers[carried!.Name];
        else Name(reduce.Result);
        var source = reduce.Source;
        if (reduce.Reduction == Reduction.ArgMax) return (i, j) => FoldFirstMaximum(reduce, layout, i, j);
        return (i, j) =>
        {
            string total = Register(reduce.Result, i, 0), value = RegisterAsFloat(source, i, j);
            if (All(Live(source.Cols, Col(layout, source.Cols, j), layout.Cols(source.Cols), layout.Width)) is { } live)
                value = $"({live} ? {value} : {Neutral(reduce.Reduction)})";
            return j == 0 && !hoisted ? $"float {total} = {value};" : $"{total} = {Combination(reduce.Reduction)}.Combine({total}, {value});";
        };
    }

    private IEnumerable<string> FinishReduction(Reduce reduce, Layout layout, int i)
    {
        if (_hoisted.ContainsKey(reduce.Result.Name)) yield break;
        string result = Register(reduce.Result, i, 0);
        int width = Width(reduce, layout);
        if (reduce.Reduction == Reduction.ArgMax)
        {
            string best = Best(reduce, i), offset = reduce.Offset is { } o && ScalarText.Of(o) != "0" ? $" + {Atom(o)}" : "";
            yield return $"{result} = RowReduce.FirstOf({best}, {result}, RowReduce.Reduce<MaxOf>({best}, {width}, scratch), {width}, scratch){offset};";
        }
        else if (width > 1)
        {
            yield return $"{result} = RowReduce.Reduce<{Combination(reduce.Reduction)}>({result}, {width}, scratch);";
        }
    }

    // The thread's first maximum so far and its column, None before the first live lane.
    private string FoldFirstMaximum(Reduce reduce, Layout layout, int i, int j)
    {
        string best = Best(reduce, i), index = Register(reduce.Result, i, 0), value = $"RowReduce.Candidate({RegisterAsFloat(reduce.Source, i, j)})";
        string col = Col(layout, reduce.Source.Cols, j);
        string better = $"RowReduce.IsBetter({value}, {best}, {index})";
        string? live = All(Live(reduce.Source.Cols, col, layout.Cols(reduce.Source.Cols), layout.Width));
        string take = $"if ({(live is null ? better : $"{live} & {better}")}) {{ {best} = {value}; {index} = {col}; }}";
        return j == 0 ? $"float {best} = float.NegativeInfinity; int {index} = RowReduce.None; {take}" : take;
    }

    private string Best(Reduce reduce, int i) => $"{Register(reduce.Result, i, 0)}_best";

    private string RegisterAsFloat(TileValue tile, int i, int j) => tile.Element == Element.I32 ? $"(float){Register(tile, i, j)}" : Register(tile, i, j);

    private static string Combination(Reduction reduction) => reduction switch { Reduction.Sum => "SumOf", Reduction.Max => "MaxOf", _ => "MinOf" };

    private static string Neutral(Reduction reduction) => reduction switch
    {
        Reduction.Sum => "0f",
        Reduction.Max => "float.NegativeInfinity",
        _ => "float.PositiveInfinity",
    };
}

/// <summary>Elementwise functions as C# over register expressions.</summary>
internal static class ElementwiseText
{
    public static string Of(Function function, IReadOnlyList<string> x) => function switch
    {
        Function.Neg => $"-{x[0]}",
        Function.Square => $"{x[0]} * {x[0]}",
        Function.Add => $"{x[0]} + {x[1]}",
        Function.Sub => $"{x[0]} - {x[1]}",
        Function.Mul => $"{x[0]} * {x[1]}",
        Function.Div => $"{x[0]} / {x[1]}",
        _ => $"Elementary.{function}({string.Join(", ", x)})",
    };
}
