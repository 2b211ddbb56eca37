using System.Text;

namespace KernelDsl.Generators.Ir;

/// <summary>The text form of a kernel: what snapshots show and what kernels are compared by.</summary>
public static class Printer
{
    /// <summary>Prints a kernel, one operation a line.</summary>
    public static string Print(Kernel kernel)
    {
        var text = new StringBuilder();
        var s = kernel.Schedule;
        text.Append($"kernel {kernel.Name} for {s.Target}");
        foreach (var c in kernel.Constants)
            text.Append($" {c.Name}={c.Value}");
        if (s.Warps > 0)
            text.Append($" warps={s.Warps}");
        if (s.Stages > 0)
            text.Append($" stages={s.Stages}");
        if (!s.Cube)
            text.Append(" cube=false");
        text.Append('\n');

        foreach (var p in kernel.Parameters)
        {
            string rank = p.Rank > 0 ? $" rank {p.Rank}" : "";
            string effects = p.Rank > 0 ? (p.Reads ? " reads" : "") + (p.Writes ? " writes" : "") : "";
            text.Append($"  param {p.Name} : {p.Kind} {p.Element.ToString().ToLowerInvariant()}{rank}{effects}\n");
        }

        for (int i = 0; i < kernel.Grid.Count; i++)
        {
            var g = kernel.Grid[i];
            if (g.Extent is not IntConst { Value: 1 })
                text.Append($"  grid.{"xyz"[i]} < ceil({g.Extent} / {g.Block})\n");
        }

        Print(kernel.Body, text, "  ");
        return text.ToString();
    }

    private static void Print(IEnumerable<Op> body, StringBuilder text, string indent)
    {
        foreach (var op in body)
            Print(op, text, indent);
    }

    private static void Print(Op op, StringBuilder text, string indent)
    {
        string line = op switch
        {
            Let l => $"{l.Name,-4}: {(l.Value.IsFloat ? "float" : "int")} = {l.Value}",
            Guard g => $"return if {g.Condition}",
            Load l => Define(l.Result, $"load {l.View}[{string.Join(", ", l.Indices)}]"),
            Store s => $"store {s.View}[{string.Join(", ", s.Indices)}] = {s.Value}",
            Fill f => Define(f.Result, $"fill {f.Value}"),
            Elementwise e => Define(e.Result, $"{e.Function.ToString().ToLowerInvariant()} {string.Join(", ", e.Operands)}"),
            Convert c => Define(c.Result, $"{(c.Result.Element == Element.F32 ? "widen" : "narrow")} {c.Source}"),
            Reduce r => Define(r.Result, $"row{r.Reduction.ToString().ToLowerInvariant()} {r.Source}{(r.Offset is null ? "" : $" from {r.Offset}")}"),
            Select s => Define(s.Result, $"select ({s.Mask}) ? {s.IfTrue} : {s.IfFalse}"),
            Dot d => Define(d.Result, $"dot {d.A}{(d.ATransposed ? ".T" : "")}, {d.B}{(d.BTransposed ? ".T" : "")}"),
            Transpose t => Define(t.Result, $"transpose {t.Source}"),
            BlockLoop b => $"for block {b.Axis.Id}:{b.Axis.Length} in {b.From}..{b.To}",
            IndexLoop i => $"for {i.Name} in {i.From}..{i.To}",
            _ => throw new InvalidOperationException($"no text form for {op.GetType().Name}"),
        };
        text.Append(indent).Append(line).Append('\n');
        switch (op)
        {
            case BlockLoop b:
                PrintLoop(b.Carried, b.Body, text, indent);
                break;
            case IndexLoop i:
                PrintLoop(i.Carried, i.Body, text, indent);
                break;
        }
    }

    private static void PrintLoop(IReadOnlyList<Carried> carried, IEnumerable<Op> body, StringBuilder text, string indent)
    {
        string inner = indent + "  ";
        foreach (var c in carried)
            text.Append($"{inner}carry {c.Value.Name} : {c.Value.Type} = {c.Initial}\n");
        Print(body, text, inner);
        foreach (var c in carried)
            text.Append($"{inner}yield {c.Value.Name} = {c.Next} -> {c.Result}\n");
    }

    private static string Define(TileValue result, string right) => $"{result.Name,-4}: {result.Type,-26} = {right}";
}
