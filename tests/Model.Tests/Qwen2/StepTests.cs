using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Qwen2;

public sealed class StepTests
{
    [Theory]
    [InlineData(CacheFormat.BFloat16)]
    [InlineData(CacheFormat.Int8)]
    public void Step_Repeated_AllocatesNothing(CacheFormat format)
    {
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new() { CacheFormat = format });
        int[] tokens = [1, 2, 3, 4, 5, 6], starts = [0, 3, 5, 6], rows = [2, 4, 5], pages = [0, 1, 2, 3, 4, 5];
        Run(3);
        // Something of the runtime's own may be made once, while code tiers up; what a step makes, it makes every time.
        Assert.Contains(Enumerable.Range(0, 5), _ => Enumerable.Range(0, 5).Sum(i => Run(4 + 20 * i)) == 0);

        long Run(int length)
        {
            int[] lengths = [length, length, length];
            long before = GC.GetAllocatedBytesForCurrentThread();
            model.Step(new() { Tokens = tokens, Starts = starts, Lengths = lengths, PageTable = pages, PageTableWidth = 2, LogitRows = rows });
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Load_Int8Pages_HoldAlmostTwiceTheTokens()
    {
        using var backend = new CpuBackend(threads: 1);
        int Pages(CacheFormat format)
        {
            using var model = Qwen2Model.Load(DemoModel.Files, backend, new() { CacheFormat = format, CacheBytes = 16 << 20 });
            Assert.InRange(model.DeviceBytes.Cache, 15 << 20, 16 << 20);
            return model.Limits.PageCount;
        }

        // 64 lanes of 2 bytes; of 1 byte, and a scale of 4.
        Assert.Equal(128.0 / 68, (double)Pages(CacheFormat.Int8) / Pages(CacheFormat.BFloat16), 0.02);
    }

    [Fact]
    public void Step_NoLogitRows_ReturnsNone()
    {
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new());
        var outputs = model.Step(new() { Tokens = [1, 2], Starts = [0, 2], Lengths = [2], PageTable = [0], PageTableWidth = 1, LogitRows = [] });
        Assert.True(outputs.Logits.IsEmpty && outputs.ArgMax.IsEmpty);
    }

    [Fact]
    public void Step_SampledVocabularyCut_NeverChoosesAboveIt()
    {
        using var backend = new CpuBackend(threads: 1);
        using var all = Qwen2Model.Load(DemoModel.Files, backend, new());
        var session = new Session(DemoModel.Goldens[0].Prompt);
        var logits = new Sessions(all).Prefill(session);
        int cut = session.ArgMax;

        using var some = Qwen2Model.Load(DemoModel.Files, backend, new() { SampledVocabularySize = cut });
        var again = new Session(DemoModel.Goldens[0].Prompt);
        new Sessions(some).Prefill(again);
        Assert.Equal(Array.IndexOf(logits, logits.Take(cut).Max()), again.ArgMax);
    }

    [Theory]
    [InlineData("Tokens[1] is 3072; it must be from 0 to 3071", new[] { 1, 3072 }, new[] { 0, 2 }, new[] { 2 }, new[] { 0 }, new[] { 1 })]
    [InlineData("Starts is 1", new[] { 1, 2 }, new[] { 0 }, new[] { 2 }, new[] { 0 }, new[] { 1 })]
    [InlineData("last of Starts is 1; it must be 2", new[] { 1, 2 }, new[] { 0, 1 }, new[] { 2 }, new[] { 0 }, new[] { 1 })]
    [InlineData("Lengths is 1; it must be from 2", new[] { 1, 2 }, new[] { 0, 2 }, new[] { 1 }, new[] { 0 }, new[] { 1 })]
    [InlineData("Lengths is 9000", new[] { 1, 2 }, new[] { 0, 2 }, new[] { 9000 }, new[] { 0 }, new[] { 1 })]
    [InlineData("PageTable is 1000000", new[] { 1, 2 }, new[] { 0, 2 }, new[] { 2 }, new[] { 1000000 }, new[] { 1 })]
    [InlineData("LogitRows is 2; it must be ascending and below 2", new[] { 1, 2 }, new[] { 0, 2 }, new[] { 2 }, new[] { 0 }, new[] { 2 })]
    [InlineData("prefill sequences come first", new[] { 1, 2, 3 }, new[] { 0, 1, 3 }, new[] { 1, 2 }, new[] { 0, 1 }, new int[0])]
    public void Step_BadBatch_NamesFieldValueAndWhatIsAllowed(string fault, int[] tokens, int[] starts, int[] lengths, int[] pages, int[] rows)
    {
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new());
        var error = Assert.Throws<ArgumentException>(() =>
        {
            model.Step(new() { Tokens = tokens, Starts = starts, Lengths = lengths, PageTable = pages, PageTableWidth = 1, LogitRows = rows });
        });
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(24, 512, "PageSize is 24; it must be a power of two from 16 to 512")]
    [InlineData(8, 512, "PageSize is 8; it must be from 16 to 512")]
    [InlineData(64, 10, "MaxTokens is 10; it must be from 64")]
    public void Load_BadOption_NamesIt(int pageSize, int maxTokens, string fault)
    {
        using var backend = new CpuBackend(threads: 1);
        var error = Assert.Throws<ArgumentException>(() => Qwen2Model.Load(DemoModel.Files, backend, new() { PageSize = pageSize, MaxTokens = maxTokens }));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }
}
