using KernelDsl.Generators.Emit;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>A kernel that the cube core runs alone: store(sum over the loop of A · Bᵀ [+ bias]), printed as calls of Device/kdsl_cube.h.</summary>
internal sealed class CubeKernel(Kernel kernel, BlockLoop loop, Load a, Load b, Load? bias, Store store)
{
    private const int L1 = 512 * 1024 - 256, L0C = 128 * 1024, BiasTable = 1024;

    private int Rows => Shape.RoundUp(a.Result.Rows.Length, 16);

    private int Columns => Shape.RoundUp(b.Result.Rows.Length, 16);

    private int Depth => Shape.RoundUp(loop.Axis.Length, 16);

    private int Stages => kernel.Schedule.Stages == 1 ? 1 : 2;

    /// <summary>Bytes of both operands' stages and the bias in L1.</summary>
    public int L1Bytes => (2 * Stages * (Rows + Columns) * Depth) + (bias is null ? 0 : 2 * Shape.RoundUp(Columns, 32));

    /// <summary>Bytes of the accumulator.</summary>
    public int L0CBytes => 4 * Rows * Columns;

    /// <summary>The C++ type of the product.</summary>
    public string Type => $"kdsl::CubeProduct<{AscendEmitter.ElementType(a.Result.Element)}, {Rows}, {Columns}, {Depth}, {Stages}, {(bias is null ? "false" : "true")}>";

    /// <summary>Checks the memories of the cube core.</summary>
    /// <exception cref="NotLowered">KDSL0120 names the memory that overflows.</exception>
    public void CheckMemories()
    {
        if (L1Bytes > L1)
            throw NotLowered.Overflow(kernel, "L1", L1Bytes, L1);
        if (L0CBytes > L0C)
            throw NotLowered.Overflow(kernel, "L0C", L0CBytes, L0C);
        if (bias is not null && 4 * Columns > BiasTable)
            throw NotLowered.Overflow(kernel, "the bias table", 4 * Columns, BiasTable);
        if (Depth < 16 || 64 * Math.Max(Rows, Columns) > 64 * 1024)
            throw NotLowered.Overflow(kernel, "L0", 64 * Math.Max(Rows, Columns), 64 * 1024);
    }

    /// <summary>Prints the body of a program.</summary>
    public void Emit(Kernel of, CodeWriter code)
    {
        var text = ScalarText.Cpp(of);
        foreach (var op in of.Body)
        {
            switch (op)
            {
                case Let or Guard:
                    Uniform(op, text, code);
                    break;
                case BlockLoop:
                    EmitLoop(text, code);
                    break;
                case Store:
                    var target = new Access(store.View, store.Indices, text);
                    code.Line($"product.Store({target.Element}, {target.RowStride});");
                    break;
            }
        }
    }

    private void EmitLoop(ScalarText text, CodeWriter code)
    {
        Access left = new(a.View, a.Indices, text), right = new(b.View, b.Indices, text);
        code.Line($"product.Begin({left.Rows}, {right.Rows});");
        if (bias is not null)
            code.Line($"product.Bias({new Access(bias.View, bias.Indices, text).Element});");
        string start = ScalarText.Local(loop.Axis.Id + ".start"), live = ScalarText.Local(loop.Axis.Id + ".live"), to = text.Of(loop.To);
        using (code.Block($"for (int32_t {start} = {text.Of(loop.From)}; {start} < {to}; {start} += {loop.Axis.Length})"))
        {
            code.Line($"int32_t {live} = kdsl::Least({loop.Axis.Length}, {to} - {start});");
            foreach (var op in loop.Body.Where(static op => op is Let))
                Uniform(op, text, code);
            code.Line($"product.Accumulate({left.Element}, {left.RowStride}, {right.Element}, {right.RowStride}, {live});");
        }
    }

    private static void Uniform(Op op, ScalarText text, CodeWriter code) => code.Line(op is Let l
        ? $"{(l.Value.IsFloat ? "float" : "int32_t")} {ScalarText.Local(l.Name)} = {text.Of(l.Value)};"
        : $"if ({text.Of(((Guard)op).Condition)})\n    return;");
}
