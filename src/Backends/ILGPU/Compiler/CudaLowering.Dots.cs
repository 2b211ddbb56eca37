using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>What passes through shared memory: operands of Dot and transposes.</summary>
internal sealed partial class CudaLowering
{
    /// <summary>Copies a tile from a view to shared memory, zero where lanes are dead.</summary>
    private void Stage(Load load)
    {
        var place = _operands.PlaceOf(load.Result);
        var (rows, cols) = (load.Result.Rows, load.Result.Cols);
        Touch(new Access(load.View, Writes: false, Owner: null));
        Touch(new Access(place.Name, Writes: true, Owner: null));
        var from = PlaceOf(load.View, load.Indices);
        string row = $"{place.Name}_row", col = $"{place.Name}_col", e = $"{place.Name}_e";
        string? live = All(Bound(rows, row).Concat(Bound(cols, col)));
        using (_code.Block($"for (int {e} = thread; {e} < {rows.Length * cols.Length}; {e} += {_threads})"))
        {
            _code.Line($"int {row} = {e} / {cols.Length}, {col} = {e} % {cols.Length};");
            string value = from.At(row, col);
            _code.Line($"{place.Name}[{row} * {place.Pitch} + {col}] = {(live is null ? value : $"{live} ? {value} : ({place.Type})0")};");
        }
    }

    private IEnumerable<string> Bound(Axis axis, string position)
    {
        if (!axis.IsFull) yield return $"({position} < {Atom(axis.Live)})";
    }

    /// <summary>Writes a tile from registers to its place in shared memory, zero where lanes are dead.</summary>
    private void Spill(TileValue tile)
    {
        var place = _operands.PlaceOf(tile);
        var layout = LayoutOf(tile);
        Touch(new Access(place.Name, Writes: true, Owner: null));
        for (int i = 0; i < layout.Rows(tile.Rows); i++)
        {
            for (int j = 0; j < layout.Cols(tile.Cols); j++)
            {
                string row = Row(layout, tile.Rows, i), col = Col(layout, tile.Cols, j), value = Narrow(tile.Element, Register(tile, i, j));
                string? live = LiveLane(layout, tile.Rows, tile.Cols, i, j);
                string? inside = All(Inside(tile.Rows, row, layout.Rows(tile.Rows) * layout.RowThreads)
                    .Concat(Inside(tile.Cols, col, layout.Cols(tile.Cols) * layout.Width)).Concat(OneOf(layout, tile.Rows, tile.Cols)));
                string store = $"{place.Name}[{row} * {place.Pitch} + {col}] = {(live is null ? value : $"{live} ? {value} : ({place.Type})0")};";
                _code.Line(inside is null ? store : $"if ({inside}) {store}");
            }
        }
    }

    private static IEnumerable<string> Inside(Axis axis, string position, int covered)
    {
        if (axis.Length > 1 && covered > axis.Length) yield return $"({position} < {axis.Length})";
    }

    /// <summary>
    /// Result += A · B. The contraction is summed in ascending order by fused multiply-adds, one chain per output element: the same bits
    /// whatever the block sizes.
    /// </summary>
    private void Multiply(Dot dot)
    {
        foreach (var operand in new[] { dot.A, dot.B })
            if (!_operands.IsDirect(operand)) Spill(operand);
        var (a, b) = (_operands.PlaceOf(dot.A), _operands.PlaceOf(dot.B));
        Touch(new Access(a.Name, Writes: false, Owner: null));
        Touch(new Access(b.Name, Writes: false, Owner: null));

        var sum = _operands.SumOf(dot);
        var result = sum?.Result ?? dot.Result;
        if (sum is not null && _operands.IsInPlace(sum)) _registers[result.Name] = _registers[Operands.AddendOf(sum, dot).Name];
        else Define(result, (i, j) => sum is null ? "0f" : Register(Operands.AddendOf(sum, dot), i, j));

        var layout = _layouts.Of(result);
        int rows = layout.Rows(result.Rows), cols = layout.Cols(result.Cols);
        string name = Identifier.Of(dot.Result.Name), step = $"{name}_k";
        for (int i = 0; i < rows; i++)
            _code.Line($"int {name}_a{i} = {Line(a, Clamp(result.Rows, Row(layout, result.Rows, i), rows * layout.RowThreads), dot.ATransposed)};");
        for (int j = 0; j < cols; j++)
            _code.Line($"int {name}_b{j} = {Line(b, Clamp(result.Cols, Col(layout, result.Cols, j), cols * layout.Width), !dot.BTransposed)};");
        var contracted = dot.ATransposed ? dot.A.Rows : dot.A.Cols;
        using (_code.Block($"for (int {step} = 0; {step} < {Atom(contracted.Live)}; {step}++)"))
        {
            for (int i = 0; i < rows; i++)
                _code.Line($"float {name}_x{i} = {Widen(dot.A.Element, SharedElement(a, $"{name}_a{i}", step, dot.ATransposed))};");
            for (int j = 0; j < cols; j++)
            {
                _code.Line($"float {name}_y{j} = {Widen(dot.B.Element, SharedElement(b, $"{name}_b{j}", step, !dot.BTransposed))};");
                for (int i = 0; i < rows; i++)
                    _code.Line($"{Register(result, i, j)} = Fused.MultiplyAdd({name}_x{i}, {name}_y{j}, {Register(result, i, j)});");
            }
        }
    }

    // Where an output row's (or column's) operands lie: a line of the shared tile, or a column of it when the contraction runs down the rows.
    private static string Line(SharedTile tile, string position, bool down) => down || tile.Pitch == 1 ? position : $"{position} * {tile.Pitch}";

    private static string SharedElement(SharedTile tile, string line, string step, bool down) =>
        $"{tile.Name}[{line} + {step}{(down && tile.Pitch > 1 ? $" * {tile.Pitch}" : "")}]";

    // Threads beyond the last row compute a copy of it that nobody reads.
    private static string Clamp(Axis axis, string position, int covered) =>
        axis.Length > 1 && covered > axis.Length ? $"Uniform.Min({position}, {axis.Length - 1})" : position;

    /// <summary>A column becomes a row, or the reverse.</summary>
    private void Turn(Transpose transpose)
    {
        var (source, result) = (transpose.Source, transpose.Result);
        Spill(source);
        var place = _operands.PlaceOf(source);
        Touch(new Access(place.Name, Writes: false, Owner: null));
        var layout = _layouts.Of(result);
        Define(result, (i, j) =>
        {
            string row = Clamp(result.Rows, Row(layout, result.Rows, i), layout.Rows(result.Rows) * layout.RowThreads);
            string col = Clamp(result.Cols, Col(layout, result.Cols, j), layout.Cols(result.Cols) * layout.Width);
            return Widen(result.Element, $"{place.Name}[{col} * {place.Pitch} + {row}]");
        });
    }
}
