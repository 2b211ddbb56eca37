using KernelDsl.Backends.Tests.Harness;
using Xunit.Abstractions;

namespace KernelDsl.Backends.Tests.Ascend;

/// <summary>The host model objects to the mistakes that hardware would make silent, hidden in kernels that are otherwise right.</summary>
public sealed unsafe class MutantTests(ITestOutputHelper output)
{
    private const string Norm = "Norm.AddRmsNorm 17x1030+0", Product = "MatMul.LinearBias 33x70x100+0", Row = "MatMul.LinearBias 1x40x70+0", Rounding = "SlidingWindow.Attend 37 by 5x16";

    private static readonly Mutant[] _mutants =
    [
        new("nothing is wrong with the norm", Norm, "", "", ""),
        new("nothing is wrong with the product", Product, "", "", ""),

        // Order between pipes, and between dependent instructions of one.
        new("no barrier after arithmetic", Norm, "PipeBarrier<PIPE_V>();", "", "not ordered before this instruction on pipe V"),
        new("no barrier after the rounding", Rounding, "Cast(storage, a.data, RoundMode::CAST_RINT, D::Count);\n    PipeBarrier<PIPE_V>();", "Cast(storage, a.data, RoundMode::CAST_RINT, D::Count);", "not ordered"),
        new("loads do not wait for stores", Norm, "kdsl::LoadsAfterStores();", "", "not ordered before this instruction on pipe MTE2"),
        new("no barrier between products of two steps", "MatMul.LinearBias 13x65x258+0", "PipeBarrier<PIPE_M>();", "", "not ordered before this instruction on pipe M"),
        new("a flag is never waited for", Norm, "WaitFlag<HardEvent::MTE3_MTE2>(e);", "", "not ordered before this instruction on pipe MTE2"),
        new("a flag is left set", Norm, "WaitFlag<HardEvent::MTE3_MTE2>(e);", "PipeBarrier<PIPE_ALL>();", "left set"),
        new("a flag is set twice", Norm, "SetFlag<HardEvent::MTE3_MTE2>(e);", "SetFlag<HardEvent::MTE3_MTE2>(e), SetFlag<HardEvent::MTE3_MTE2>(e);", "set twice"),
        new("a flag is waited for and never set", Norm, "SetFlag<HardEvent::MTE3_MTE2>(e);", "", "never set"),

        // Queues.
        new("a loaded tile is not queued", Norm, "queue.EnQue(staged);", "", "EnQue is missing"),
        new("a loaded tile is not dequeued", Norm, "staged = queue.template DeQue<E>();", "", "not ordered before this instruction on pipe V"),
        new("a tile is never freed", Norm, "queue.FreeTensor(staged);", "", "FreeTensor is missing"),
        new("a cube operand is not queued", Product, "b2.EnQue(b);", "", "EnQue is missing"),
        new("the accumulator is not freed", Product, "c1.FreeTensor(accumulator);", "", "free"),

        // Memories.
        new("the tiles overflow UB", Norm, "pipe.InitBuffer(in0, 2,", "pipe.InitBuffer(in0, 2, 120000 +", "UB overflows"),
        new("more buffers than events", Norm, "pipe.InitBuffer(in0, 2,", "pipe.InitBuffer(in0, 8,", "8 events"),
        new("a queue's buffer is too small", Norm, "pipe.InitBuffer(out, 2, 16384)", "pipe.InitBuffer(out, 2, 1024)", "runs past its tensor"),
        new("a tile is misaligned", Norm, "buffer.template GetWithOffset<float>(Size, byteOffset)", "buffer.template GetWithOffset<float>(Size, byteOffset + 4)", "not aligned to 32 bytes"),

        new("a stride is in elements", Norm, "BinaryRepeatParams(1, 1, 1, 8, 8, T::Pitch / 8)", "BinaryRepeatParams(1, 1, 1, 8, 8, T::Pitch)", "does not fit a field of 8 bits"),

        // Extents.
        new("the last block is loaded whole", "Norm.RmsNorm 17x1030+0", "kdsl::Least(1024, xDim1 - s_b0_start)", "1024", "past the end"),
        new("the last rows are stored whole", Norm, "kdsl::Least(8, (xDim0 - s_s0))", "8", "outside every bound buffer"),
        new("the row stride is off", Norm, "p.srcStride = rows == 1 ? 0 : (stride - cols) * sizeof(E);", "p.srcStride = rows == 1 ? 0 : stride * sizeof(E);", "not ordered"),
        new("the gap in UB is in bytes", Norm, "return (T::Pitch * sizeof(E) - RoundUp(cols * sizeof(E), 32)) / 32;", "return T::Pitch * sizeof(E) - RoundUp(cols * sizeof(E), 32);", "runs past its tensor"),
        new("dead lanes are summed", Norm, "scratch, s_b0_live", "scratch, 512", "uninitialised"),
        new("an input is written", Norm, "kdsl::Store(out, yView[", "kdsl::Store(out, xView[", "bound to an input"),
        new("two cores write the same rows", Norm, "int32_t s_s0 = (gridX * 8);", "int32_t s_s0 = (gridX * 0);", "race"),

        // The cube.
        new("the result is not rounded", Product, "p.quantPre = Rounding<O>::Mode;", "p.quantPre = QuantMode_t::NoQuant;", "quantPre"),
        new("one row is one row", Row, "m.m = rowFractals * 16;", "m.m = rows;", "matrix-vector"),
        new("the panel stride is the live rows", Product, "p.srcStride = rowFractals * 16;", "p.srcStride = rows;", "srcStride"),
        new("dead columns are contracted", "MatMul.LinearBias 5x17x300+0", "m.k = depth;", "m.k = Step;", "uninitialised"),
        new("the accumulator is not initialised", "MatMul.Linear 33x70x100+0", "m.cmatrixInitVal = first && !HasBias;", "m.cmatrixInitVal = false;", "uninitialised"),
        new("operands overlap in L1", Product, "p.dstNzC0Stride = paddedHeight;", "p.dstNzC0Stride = 1;", "written twice"),
    ];

    private static readonly Lazy<HostModel> _model = new(static () => HostModel.Compile(Mutant.Unit(_mutants), "-O0"));

    public static TheoryData<int, string> Mutants
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (int i = 0; i < _mutants.Length; i++)
                data.Add(i, _mutants[i].Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public void Mutant_OnTheModel_IsCaught(int index, string name)
    {
        if (HostModel.Unavailable is { } missing)
        {
            output.WriteLine($"skipped: {missing}");
            return;
        }
        var mutant = _mutants[index];
        string? failure = Try(mutant, index);
        output.WriteLine($"{name}: {failure ?? "nothing found"}");
        if (mutant.Good.Length == 0)
        {
            Assert.Null(failure);
            return;
        }
        Assert.NotNull(failure);
        Assert.Contains(mutant.Objection, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void BFloat16Arithmetic_DoesNotCompile()
    {
        if (HostModel.Unavailable is { } missing)
        {
            output.WriteLine($"skipped: {missing}");
            return;
        }
        const string Text = "#include \"kernel_operator.h\"\nusing namespace AscendC;\nextern \"C\" void k(GM_ADDR) { LocalTensor<bfloat16_t> t; Add(t, t, t, 16); }\n";
        Assert.Contains("vector arithmetic takes half and float", Assert.Throws<InvalidOperationException>(() => HostModel.Compile(Text)).Message, StringComparison.Ordinal);
    }

    private static string? Try(Mutant mutant, int index)
    {
        var shape = Suite.Cases[mutant.Case];
        KernelLaunch want = shape.NewLaunch(), got = shape.NewLaunch();
        shape.RunReference(want, BlockSizes.Expected);
        using var memory = new DeviceMemory(got);
        if (_model.Value.Launch(Mutant.EntryOf(index), memory.Arguments, 3, memory.Ranges) is { } objection)
            return objection;
        memory.ReadBack();
        try
        {
            Compare.Launches(want, got, shape.ToleranceOf);
            return null;
        }
        catch (Xunit.Sdk.XunitException difference)
        {
            return difference.Message;
        }
    }
}
