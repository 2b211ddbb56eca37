using KernelDsl.Generators.Emit;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Prints one loop nest: rows outside, vectors of 16 lanes inside, every value of the region in a register. Each value is computed at
/// the outermost level that determines it: once, per row, or per vector. Where a row may end inside a vector, whole vectors have a loop of
/// their own and the last, partial one repeats its body with masked loads, stores and reductions: the same arithmetic, lane by lane.
/// </summary>
internal sealed class NestEmitter(Values values, Scratch scratch, Space space, bool partial)
{
    private readonly List<string> _once = [], _row = [], _lane = [], _rowEnd = [];
    private readonly Dictionary<(string, Shape), string> _registers = [];
    private readonly AccessEmitter _access = new(values.Kernel, space);

    private bool HasRows => space.Rows is not null;

    /// <summary>Live lanes of the current vector, counted from its first.</summary>
    private string Left => partial ? "left" : "Simd.Lanes";

    private string Row => HasRows ? "r" : "0";

    /// <summary>Prints a nest.</summary>
    public static void Emit(Values values, Scratch scratch, Step.Nest nest, CodeWriter w)
    {
        NestEmitter Body(bool partial)
        {
            var emitter = new NestEmitter(values, scratch, nest.Space, partial);
            foreach (var op in nest.Ops)
                emitter.Compute(op, nest);
            foreach (var tile in nest.Kept)
                if (!nest.Ops.Any(op => op is Reduce r && r.Result == tile))
                    emitter.Keep(tile, emitter.Use(tile));
            return emitter;
        }

        Body(false).Write(w, Body(true), $"region {nest.Space}: {string.Join(", ", nest.Ops.SelectMany(Describe).Distinct())}");
    }

    /// <summary>Prints a nest that puts a value into another's place.</summary>
    public static void EmitMove(Values values, Scratch scratch, TileValue from, TileValue to, CodeWriter w)
    {
        NestEmitter Body(bool partial)
        {
            var emitter = new NestEmitter(values, scratch, Space.Of(to), partial);
            emitter.Keep(to, emitter.Use(from));
            return emitter;
        }

        Body(false).Write(w, Body(true), $"{to} = {from}");
    }

    private static IEnumerable<string> Describe(Op op) => op is Store s ? [s.View] : Walk.Defines(op).Select(static t => t.Name);

    private void Compute(Op op, Step.Nest nest)
    {
        switch (op)
        {
            case Load load:
                Define(load.Result, LoadOf(load, load.Result));
                break;
            case Store store:
                _lane.Add(_access.Store(store, Use(store.Value), Row, Left));
                break;
            case Elementwise e:
                Define(e.Result, Text(e));
                break;
            case Ir.Convert c:
                Define(c.Result, Text(c));
                break;
            case Ir.Select s:
                Define(s.Result, $"Simd.Where({Text(s.Mask)}, {Use(s.IfTrue)}, {Use(s.IfFalse)})");
                break;
            case Reduce r:
                Reduce(r, nest);
                break;
            default:
                throw LoweringException.NotLowered($"{op.GetType().Name} in a region");
        }
    }

    private void Define(TileValue tile, string expression)
    {
        string name = Names.Identifier(tile.Name);
        _lane.Add($"var {name} = {expression};");
        _registers[(tile.Name, Shapes.Of(tile))] = name;
    }

    private static string Text(Function function, string a, string b) => function switch
    {
        Function.Neg => $"-{a}",
        Function.Sqrt or Function.Abs => $"Vector512.{function}({a})",
        Function.Square => $"{a} * {a}",
        Function.Add => $"{a} + {b}",
        Function.Sub => $"{a} - {b}",
        Function.Mul => $"{a} * {b}",
        Function.Div => $"{a} / {b}",
        Function.Max or Function.Min => $"Vector512.{function}({a}, {b})",
        _ => $"SimdMath.{function}({a})",
    };

    private string Text(Elementwise e) => Text(e.Function, Use(e.Operands[0]), e.Operands.Count > 1 ? Use(e.Operands[1]) : "");

    private string Text(Ir.Convert c) => (c.Source.Element, c.Result.Element) switch
    {
        (Element.I32, Element.F32) => $"Vector512.ConvertToSingle({Use(c.Source)})",
        (not Element.I32, Element.BF16) => $"Simd.RoundBf16({Use(c.Source)})",
        (not Element.I32, Element.F16) => $"Simd.RoundF16({Use(c.Source)})",
        _ => throw LoweringException.NotLowered($"a conversion from {c.Source.Element} to {c.Result.Element}"),
    };

    private string Text(Mask mask)
    {
        string comparison = mask.Op switch
        {
            ScalarOp.Less => "LessThan", ScalarOp.LessEqual => "LessThanOrEqual", ScalarOp.Greater => "GreaterThan",
            ScalarOp.GreaterEqual => "GreaterThanOrEqual", ScalarOp.Equal => "Equals", ScalarOp.NotEqual => "~Equals",
            _ => throw new LoweringException("KDSL0047"),
        };
        bool not = comparison[0] == '~';
        return $"{(not ? "~" : "")}Vector512.{comparison.TrimStart('~')}({Text(mask.Left)}, {Text(mask.Right)})";
    }

    private string Text(Lanes lanes)
    {
        string offset = ScalarText.Of(lanes.Offset);
        return lanes.Axis == space.Along ? $"Simd.Iota({offset} + i)"
            : lanes.Axis == LaneAxis.None || !HasRows ? $"Vector512.Create({offset})"
            : $"Vector512.Create({offset} + {Row})";
    }

    private void Reduce(Reduce reduce, Step.Nest nest)
    {
        if (space.Along == LaneAxis.Rows)
            throw LoweringException.NotLowered($"RowArgMax of a single column ('{reduce.Source.Name}')");
        bool folds = nest.Folds.TryGetValue(reduce.Result.Name, out var carried);
        string place = $"{scratch[folds ? carried!.Value : reduce.Result].Name}[{Row}]";
        string source = Use(reduce.Source), acc = Names.Identifier(reduce.Result.Name) + "Lanes";
        string Live(string neutral) => !partial ? source : $"Simd.Keep({source}, left, {neutral})";
        switch (reduce.Reduction)
        {
            case Reduction.Sum:
                _row.Add($"var {acc} = Vector512<float>.Zero;");
                _lane.Add($"{acc} += {Live("0f")};");
                _rowEnd.Add(folds ? $"{place} += Simd.Sum({acc});" : $"{place} = Simd.Sum({acc});");
                break;
            case Reduction.Max or Reduction.Min:
                string neutral = reduce.Reduction == Reduction.Max ? "float.NegativeInfinity" : "float.PositiveInfinity", f = reduce.Reduction.ToString();
                _row.Add($"var {acc} = Vector512.Create({neutral});");
                _lane.Add($"{acc} = Vector512.{f}({acc}, {Live(neutral)});");
                _rowEnd.Add(folds ? $"{place} = MathF.{f}({place}, Simd.{f}({acc}));" : $"{place} = Simd.{f}({acc});");
                break;
            default:
                string best = acc + "Best", offset = reduce.Offset is null ? "0" : ScalarText.Of(reduce.Offset), mask = acc + "Mask", v = acc + "Live";
                _row.Add($"var {best} = Vector512.Create(float.NegativeInfinity);");
                _row.Add($"var {acc} = Simd.Iota({offset});");
                _lane.Add($"var {v} = {Live("float.NegativeInfinity")};");
                _lane.Add($"var {mask} = Vector512.GreaterThan({v}, {best}).AsInt32();");
                _lane.Add($"{acc} = Vector512.ConditionalSelect({mask}, Simd.Iota({offset} + i), {acc});");
                _lane.Add($"{best} = Simd.Where({mask}, {v}, {best});");
                _rowEnd.Add($"((int*){place.Substring(0, place.IndexOf('['))})[{Row}] = Simd.ArgMax({best}, {acc});");
                break;
        }
    }

    /// <summary>Stores come after all of a vector's reads, so that a place may be read and written by one nest.</summary>
    private void Keep(TileValue tile, string register)
    {
        var place = scratch[tile];
        string address = place.Name + (Shapes.Of(tile) == Shape.Full && HasRows ? $" + (r * {place.RowStride})" : "") + " + i";
        _lane.Add($"{register}{(tile.Element == Element.I32 ? ".AsSingle()" : "")}.Store({address});");
    }

    private string Use(Operand operand) => operand switch
    {
        TileOperand { Tile: { Element: Element.I32 } tile } => $"Vector512.ConvertToSingle({Use(tile)})",
        TileOperand t => Use(t.Tile),
        ScalarOperand s => Once($"Vector512.Create({ScalarText.AsFloat(s.Value)})"),
        _ => throw LoweringException.NotLowered(operand.GetType().Name),
    };

    /// <summary>The register that holds a tile's lanes in this nest.</summary>
    private string Use(TileValue tile)
    {
        var source = values.Resolve(tile);
        var shape = Shapes.Of(tile);
        if (_registers.TryGetValue((source.Name, shape), out string register))
            return register;
        register = Names.Identifier(source.Name);
        if (_registers.Keys.Any(k => k.Item1 == source.Name))
            register += shape;
        _registers[(source.Name, shape)] = register;

        if (values.IsInline(source) && values.Definition(source) is Fill fill)
        {
            if (source.Element == Element.I32)
                throw LoweringException.NotLowered("a tile filled with integers");
            _once.Add($"var {register} = Vector512.Create({ScalarText.AsFloat(fill.Value)});");
            return register;
        }

        string expression = values.IsInline(source) && values.Definition(source) is Load load ? LoadOf(load, tile) : ReadOf(source, shape);
        LevelOf(shape).Add($"var {register} = {expression};");
        return register;
    }

    private List<string> LevelOf(Shape shape) => shape switch
    {
        Shape.Scalar => _once,
        Shape.Column when HasRows => _row,
        _ => _lane,
    };

    private string LoadOf(Load load, TileValue asTile) => _access.Load(load, Shapes.Of(asTile), Row, Left);

    private string ReadOf(TileValue source, Shape shape)
    {
        if (!scratch.Holds(source))
            throw new LoweringException("KDSL0190", "CpuLowering", $"'{source.Name}' has no place");
        var place = scratch[source];
        string data = source.Element == Element.I32 ? $"(int*){place.Name}" : place.Name;
        return shape switch
        {
            Shape.Scalar => $"Vector512.Create({(source.Element == Element.I32 ? $"((int*){place.Name})" : place.Name)}[0])",
            Shape.Column when HasRows => $"Vector512.Create({(source.Element == Element.I32 ? $"((int*){place.Name})" : place.Name)}[r])",
            Shape.Full when HasRows => $"Simd.Load({data} + (r * {place.RowStride}) + i)",
            _ => $"Simd.Load({data} + i)",
        };
    }

    private string Once(string expression)
    {
        string name = "k" + _once.Count;
        _once.Add($"var {name} = {expression};");
        return name;
    }

    private void Write(CodeWriter w, NestEmitter last, string comment)
    {
        using var scope = w.Block($"// {comment}");
        if (HasRows)
            w.Line($"int rows = {ScalarText.Of(space.Rows!.Live)};");
        w.Line($"int cols = {ScalarText.Of(space.Vector.Live)};");
        Lines(w, _access.Pointers);
        Lines(w, _once);
        if (HasRows)
        {
            using (w.Block("for (int r = 0; r < rows; r++)"))
                WriteRow(w, last);
        }
        else
        {
            WriteRow(w, last);
        }
    }

    private void WriteRow(CodeWriter w, NestEmitter last)
    {
        Lines(w, _access.RowPointers);
        Lines(w, _row);
        bool endsInside = !(space.Vector.IsFull && space.Vector.Length % 16 == 0) && last._lane.Any(static line => line.Contains("left"));
        if (!endsInside)
        {
            using (w.Block("for (int i = 0; i < cols; i += Simd.Lanes)"))
                Lines(w, _lane);
        }
        else
        {
            w.Line("int i = 0;");
            if (space.Vector.Length >= 16)
            {
                using (w.Block("for (; i <= cols - Simd.Lanes; i += Simd.Lanes)"))
                    Lines(w, _lane);
            }

            using (w.Block("if (i < cols)"))
            {
                w.Line("int left = cols - i;");
                Lines(w, last._lane);
            }
        }

        Lines(w, _rowEnd);
        Lines(w, _access.RowEnds);
    }

    private static void Lines(CodeWriter w, IEnumerable<string> lines)
    {
        foreach (string line in lines)
            w.Line(line);
    }
}
