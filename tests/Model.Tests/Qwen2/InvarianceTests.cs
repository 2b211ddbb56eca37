using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Qwen2;

/// <summary>The bits of a sequence's logits do not depend on what else runs, on chunks, on pages, or on preemption.</summary>
public sealed class InvarianceTests
{
    private const int Length = 12;

    // One sequence is longer than an attention span (512), so that spans are joined too.
    private static readonly int[] Long = [.. Enumerable.Range(0, 530).Select(static i => (i * 7919 + 13) % 3000)];

    [Theory]
    [InlineData(16, CacheFormat.BFloat16)]
    [InlineData(128, CacheFormat.BFloat16)]
    [InlineData(16, CacheFormat.Int8)]
    [InlineData(128, CacheFormat.Int8)]
    public void Step_OtherPageSize_GivesTheSameBits(int pageSize, CacheFormat format) =>
        AssertSame(Alone(Prompt(5), format), With(format, pageSize, sessions => sessions.Greedy(new Session(Prompt(5)), Length)));

    [Theory]
    [InlineData(1, CacheFormat.BFloat16)]
    [InlineData(7, CacheFormat.BFloat16)]
    [InlineData(100, CacheFormat.BFloat16)]
    [InlineData(1, CacheFormat.Int8)]
    [InlineData(100, CacheFormat.Int8)]
    public void Step_PrefillInChunks_GivesTheSameBits(int chunk, CacheFormat format)
    {
        var whole = With(format, 64, static sessions => sessions.Greedy(new Session(Long), 4));
        AssertSame(whole, With(format, 64, sessions =>
        {
            var session = new Session(Long);
            var logits = new List<float[]> { sessions.Prefill(session, chunk) };
            session.Tokens.Add(session.ArgMax);
            logits.AddRange(sessions.Greedy(session, 3));
            return logits;
        }));
    }

    [Theory]
    [InlineData(CacheFormat.BFloat16)]
    [InlineData(CacheFormat.Int8)]
    public void Step_InABatchOfSixteenThatComeAndGo_GivesTheSameBits(CacheFormat format)
    {
        var expected = Alone(Prompt(0), format);
        AssertSame(expected, With(format, 64, sessions =>
        {
            var watched = new Session(Prompt(0));
            var others = Enumerable.Range(1, 15).Select(static i => new Session(i == 3 ? Long : Prompt(i))).ToList();
            var logits = new List<float[]>();
            for (int step = 0; logits.Count < Length; step++)
            {
                // Others join one per step, in chunks of their own, and are now and then dropped and computed again.
                var work = others.Take(step + 3)
                    .Select((s, i) => (s, Math.Min(s.Tokens.Count - s.Computed, i % 3 == 0 ? 9 : 40)))
                    .Append((watched, watched.Tokens.Count - watched.Computed)).ToArray();
                var results = sessions.Step(work);
                logits.Add(results[watched]);
                foreach (var (session, _) in work)
                    if (session.Computed == session.Tokens.Count) session.Tokens.Add(session.ArgMax);
                if (step % 3 == 2) sessions.Preempt(others[step % others.Count]);
            }
            return logits;
        }));
    }

    [Theory]
    [InlineData(CacheFormat.BFloat16)]
    [InlineData(CacheFormat.Int8)]
    public void Step_AfterPreemption_RecomputesTheSameBits(CacheFormat format) => AssertSame(Alone(Prompt(2), format), With(format, 64, sessions =>
    {
        var session = new Session(Prompt(2));
        var logits = new List<float[]>();
        for (int i = 0; i < Length; i++)
        {
            // What decode had computed is computed again by prefill.
            if (i % 4 == 3) sessions.Preempt(session);
            logits.Add(sessions.Prefill(session));
            session.Tokens.Add(session.ArgMax);
        }
        return logits;
    }));

    [Fact]
    public void Step_OtherThreadCount_GivesTheSameBits()
    {
        using var backend = new CpuBackend(threads: 2);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new());
        AssertSame(Alone(Prompt(6), CacheFormat.BFloat16), new Sessions(model).Greedy(new Session(Prompt(6)), Length));
    }

    private static int[] Prompt(int i) => DemoModel.Goldens[i % DemoModel.Goldens.Count].Prompt;

    private static List<float[]> Alone(int[] prompt, CacheFormat format) => With(format, 64, sessions => sessions.Greedy(new Session(prompt), Length));

    private static List<float[]> With(CacheFormat format, int pageSize, Func<Sessions, List<float[]>> run)
    {
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new() { CacheFormat = format, PageSize = pageSize, MaxTokens = 1024 });
        return run(new(model));
    }

    private static void AssertSame(List<float[]> expected, List<float[]> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int step = 0; step < expected.Count; step++)
            Assert.True(expected[step].AsSpan().SequenceEqual(actual[step]), $"step {step} differs");
    }
}
