using KernelDsl.Generators.Emit;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>Prints a dot: a call of the device library that cuts it into micro-kernels. Operands that lie otherwise are first packed.</summary>
internal sealed class ProductEmitter
{
    private const int Panel = 16;

    private readonly Values _values;
    private readonly Scratch _scratch;
    private readonly Step.Product _product;
    private readonly Load? _panels, _rows;
    private readonly ScratchBuffer? _transposed, _packed, _room;
    private readonly Axis _contracted;

    public ProductEmitter(Values values, Scratch scratch, Step.Product product)
    {
        _values = values;
        _scratch = scratch;
        _product = product;
        var dot = product.Dot;
        if (Shapes.Of(dot.Result) is Shape.Column or Shape.Scalar)
            throw LoweringException.NotLowered($"Dot with a single column ('{dot.Result.Name}'); use RowSum");
        _contracted = dot.ATransposed ? dot.A.Rows : dot.A.Cols;
        _panels = values.DirectPanels(dot);
        _rows = values.DirectRows(dot);
        string name = Names.Identifier(dot.Result.Name);
        int k = _contracted.Length;
        if (dot.ATransposed)
            _transposed = scratch.Allocate($"{name}Transposed", dot.A.Cols.Length * Scratch.RowStride(k), Scratch.RowStride(k));
        if (_panels is null)
            _packed = scratch.Allocate($"{name}Packed", (dot.Result.Cols.Length + Panel - 1) / Panel * Panel * k, k);
        else
            _room = scratch.Allocate($"{name}Room", (MicroKernel.MaxPanels * Panel * k) + (dot.Result.Rows.Length * (_rows is null ? RowOf(k) : Scratch.RowStride(k))), k);
    }

    // A row of bf16, or of activation blocks (Device/ActivationBlocks.cs): 12 floats for 32 inputs, and the last may be partial.
    private static int RowOf(int k) => Math.Max((k + 2) / 2, (k + 31) / 32 * 12);

    /// <summary>Prints the product.</summary>
    public void Emit(CodeWriter w)
    {
        var dot = _product.Dot;
        var c = _scratch[_product.Result];
        string rows = ScalarText.Of(dot.Result.Rows.Live), cols = ScalarText.Of(dot.Result.Cols.Live), k = ScalarText.Of(_contracted.Live);
        if (_product.Addend is null)
            w.Line($"Simd.Clear({c.Name}, {c.RowStride}, {rows}, {cols});");
        else if (_scratch[_values.Resolve(_product.Addend)] != c)
            NestEmitter.EmitMove(_values, _scratch, _product.Addend, _product.Result, w);

        string right = $"{k}, {c.Name}, {c.RowStride}, {cols}";
        w.Line($"// {_product.Result.Name} {(_product.Addend is null ? "=" : "+=")} dot {dot.A.Name}, {dot.B.Name}{(dot.BTransposed ? ".T" : "")}");
        if (_rows is not null)
        {
            w.Line($"SimdDot.Linear(Dots.Table, {ScalarText.ArgumentLocal(_rows.View)}, {Starts(_rows)[0]}, {Starts(_rows)[1]}, {rows}, {ScalarText.ArgumentLocal(_panels!.View)}, {Starts(_panels)[0]}, {Starts(_panels)[1]}, {right}, {_room!.Name});");
            return;
        }

        var a = _scratch[_values.Resolve(dot.A)];
        if (_transposed is not null)
        {
            w.Line($"SimdDot.Transpose({a.Name}, {StrideOf(dot.A, a)}, {rows}, {k}, {_transposed.Name}, {_transposed.RowStride});");
            a = _transposed;
        }

        string left = $"Dots.Table, {a.Name}, {(_transposed is null ? StrideOf(dot.A, a) : a.RowStride)}, {rows}";
        if (_panels is null)
        {
            var b = _scratch[_values.Resolve(dot.B)];
            w.Line($"SimdDot.Pack({b.Name}, {StrideOf(dot.B, b)}, {(dot.BTransposed ? "true" : "false")}, {k}, {cols}, {_packed!.Name});");
            w.Line($"SimdDot.Floats({left}, {_packed.Name}, {right});");
            return;
        }

        string view = ScalarText.ArgumentLocal(_panels.View), room = _room!.Name;
        var indices = Starts(_panels);
        if (_values.Kernel.ParameterOf(_panels.View).Kind == ParameterKind.Weight)
            w.Line($"SimdDot.Weight({left}, {view}, {indices[0]}, {indices[1]}, {right}, {room});");
        else
            w.Line($"SimdDot.{(dot.BTransposed ? "Keys" : "Values")}({left}, {view}, {string.Join(", ", indices)}, {right}, {room});");
    }

    private static List<string> Starts(Load load) => [.. load.Indices.Select(static i => ScalarText.Of(i is BlockIndex b ? b.Start : ((ScalarIndex)i).Value))];

    /// <summary>Floats between rows; a column's rows are one float.</summary>
    private static int StrideOf(TileValue tile, ScratchBuffer buffer) => Shapes.Of(tile) == Shape.Column ? 1 : buffer.RowStride;
}
