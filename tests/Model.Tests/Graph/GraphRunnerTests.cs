using Kernels;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Model.Tests.Graph;

public sealed unsafe class GraphRunnerTests
{
    private readonly Runtime.Graph.Graph _graph = new();
    private readonly Symbol _tokens, _rows;
    private readonly Tensor _ids, _wanted, _x, _h, _fused, _y;
    private readonly WeightTensor _weight;

    public GraphRunnerTests()
    {
        _tokens = _graph.Symbol("Tokens");
        _rows = _graph.Symbol("Rows");
        _ids = _graph.Input("ids", ElementType.Int32, _tokens);
        _wanted = _graph.Input("wanted", ElementType.Int32, _rows);
        _x = _graph.Temporary("x", ElementType.BFloat16, _tokens, 64);
        _h = _graph.Temporary("h", ElementType.BFloat16, _tokens, 64);
        _fused = _graph.Temporary("fused", ElementType.BFloat16, _tokens, 128);
        _weight = new(new PackedWeight(new RecordingBackend().Allocate(64 * 64 * 2, "weight"), 0, 64, 64, WeightFormat.BFloat16));
        _y = _graph.Output("y", ElementType.BFloat16, _rows, 64);
    }

    [Fact]
    public void Run_BoundSizes_ArePatchedIntoTheArguments()
    {
        var backend = new RecordingBackend();
        using var runner = Chain(backend);
        foreach (int tokens in new[] { 3, 8, 2 })
        {
            backend.Ran.Clear();
            runner.Bind([tokens, 1]);
            runner.Run();
            Assert.Equal(["Embedding.GatherRows", "MatMul.Linear", "Embedding.GatherRows"], backend.Ran.Select(static r => r.Kernel));
            Assert.Equal(tokens, backend.Ran[0].Arguments[1].Dim0);
            Assert.Equal((tokens, 64, 64L), (backend.Ran[1].Arguments[2].Dim0, backend.Ran[1].Arguments[2].Dim1, backend.Ran[1].Arguments[2].Stride0));
        }
    }

    [Fact]
    public void Run_NothingToWrite_LeavesTheLaunchOut()
    {
        var backend = new RecordingBackend();
        using var runner = Chain(backend);
        runner.Bind([4, 0]);
        runner.Run();
        Assert.Equal(["Embedding.GatherRows", "MatMul.Linear"], backend.Ran.Select(static r => r.Kernel));
        runner.Bind([4, 2]);
        runner.Run();
        Assert.Equal(5, backend.Ran.Count);
    }

    [Fact]
    public void Run_BackendThatCaptures_CapturesOncePerBucketAndZeros()
    {
        var backend = new RecordingBackend(captures: true);
        using var runner = Chain(backend);
        foreach (var (tokens, rows) in new[] { (4, 2), (3, 1), (4, 0), (2, 0), (12, 1), (4, 2) })
        {
            runner.Bind([tokens, rows]);
            runner.Run();
        }
        Assert.Equal([3, 2, 3], backend.Captured.Select(static c => c.Length));
        Assert.Equal(16, backend.Ran.Count);
        Assert.Equal(4, backend.Ran[^3].Arguments[1].Dim0);
    }

    [Fact]
    public void Bind_AboveTheLargestBucket_NamesTheSymbol()
    {
        using var runner = Chain(new());
        var error = Assert.Throws<ArgumentException>(() => runner.Bind([17, 1]));
        Assert.StartsWith("Tokens is 17; at most 16 were planned", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Inputs_LieWhereTheLaunchesReadThem()
    {
        var backend = new RecordingBackend();
        using var runner = Chain(backend);
        runner.Bind([3, 2]);
        runner.Write<int>(_ids, [7, 8, 9]);
        runner.Write<int>(_wanted, [1, 2]);
        runner.Run();
        Assert.Equal([7, 8, 9], new ReadOnlySpan<int>(backend.Ran[0].Arguments[1].Data, 3).ToArray());
        Assert.Equal([1, 2], new ReadOnlySpan<int>(backend.Ran[2].Arguments[1].Data, 2).ToArray());
        Assert.Throws<ArgumentException>(() => runner.Write<int>(_ids, [7, 8]));
        Assert.Throws<ArgumentException>(() => runner.Read<int>(_ids, new int[3]));
    }

    [Fact]
    public void Run_Repeated_AllocatesNothing()
    {
        var backend = new RecordingBackend { IsRecording = false };
        using var runner = Chain(backend);
        var ids = new int[16];
        void Step(int tokens)
        {
            runner.Bind([tokens, 1]);
            runner.Write<int>(_ids, ids.AsSpan(0, tokens));
            runner.Run();
        }
        Step(3);
        Step(12);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int tokens = 1; tokens <= 16; tokens++) Step(tokens);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Bind_SlicesAtSymbols_MoveWithThem()
    {
        // Columns 64..128 of the rows after the first Rows ones, as heads of 32.
        var backend = new RecordingBackend();
        var half = _graph.Temporary("half", ElementType.BFloat16, _tokens, 32);
        _graph.Linear(_graph.Input("wide", ElementType.BFloat16, _tokens, 256), _weight, _fused);
        _graph.Linear(_fused.Slice(0, _rows, _rows).Slice(1, 64, 64), _weight, half.Slice(0, _rows, _rows));
        using var runner = new GraphRunner(_graph, backend, [[16, 8]]);
        runner.Bind([10, 4]);
        runner.Run();
        var (whole, slice) = (backend.Ran[0].Arguments[2], backend.Ran[1].Arguments[0]);
        Assert.Equal((4 * 128 + 64) * 2, (byte*)slice.Data - (byte*)whole.Data);
        Assert.Equal((4, 64, 128L), (slice.Dim0, slice.Dim1, slice.Stride0));

        var heads = _fused.SplitLast(32);
        Assert.Equal([4, 32], heads.Dims[1..].ToArray().Select(static d => d.Value));
    }

    [Fact]
    public void Add_ArgumentThatDoesNotFit_NamesKernelAndParameter()
    {
        string Fault(Action add) => Assert.ThrowsAny<ArgumentException>(add).Message;

        Assert.Equal("Embedding.GatherRows: parameter 'x' reads 'x', which nothing has written", Fault(() => _graph.GatherRows(_x, _wanted, _y)));
        var floats = _graph.Input("floats", ElementType.BFloat16, _tokens, 64);
        Assert.Equal("MatMul.Linear: parameter 'y' is a tensor of bf16 with 2 dimensions, ids: i32[Tokens] was given", Fault(() => _graph.Linear(floats, _weight, _ids)));
        Assert.StartsWith("Embedding.Embed: parameter 'table' is a packed weight of bf16", Fault(() => _graph.Embed(_ids, _x, _h)), StringComparison.Ordinal);
        Assert.Equal("MatMul.Linear: parameter 'y' writes 'floats', which is an input", Fault(() => _graph.Linear(floats, _weight, floats)));
        Assert.StartsWith("MatMul.Linear takes 3 arguments, 1 were given", Fault(() => _graph.Add(KernelCatalog.MatMul_Linear, [_x], [])), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_TensorsThatLiveTogether_DoNotShareBytes()
    {
        Compose();
        var plan = GraphPlan.Of(_graph, [16, 16]);
        long x = plan.OffsetOf(_x.Storage), h = plan.OffsetOf(_h.Storage), y = plan.OffsetOf(_y.Storage);
        Assert.True(Math.Abs(x - h) >= 16 * 64 * 2 && Math.Abs(h - y) >= 16 * 64 * 2);
        // x is dead when y is written.
        Assert.Equal(x, y);
    }

    private GraphRunner Chain(RecordingBackend backend)
    {
        Compose();
        return new(_graph, backend, [[4, 4], [16, 16]]);
    }

    private void Compose()
    {
        using var device = new RecordingBackend();
        _graph.GatherRows(Tensor.Of("table", ElementType.BFloat16, device.Allocate(64 * 64 * 2, "table"), 0, 64, 64), _ids, _x);
        _graph.Linear(_x, _weight, _h);
        _graph.GatherRows(_h, _wanted, _y);
    }
}
