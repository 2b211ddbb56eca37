using System.Reflection;
using Kernels;

namespace KernelDsl.Language.Tests.Kernels;

/// <summary>Prefill and decode against softmax attention in double, and against each other bit for bit.</summary>
public sealed class AttentionTests
{
    private const int D = 8, Heads = 6, KvHeads = 2, Group = Heads / KvHeads, Page = 16, BN = 64;
    private static readonly float _scale = 1 / MathF.Sqrt(D);
    private readonly TestData _data = new();

    [Theory]
    [InlineData(2, 16)]
    [InlineData(4, 64)]
    public void Prefill_RaggedBatch_MatchesSoftmax(int bm, int bn)
    {
        // New tokens of each sequence, and its length with them.
        int[] news = [5, 1, 7], lengths = [9, 36, 7], starts = [0, 5, 6, 13];
        var (keys, values) = Cache(lengths);
        HostTensor<bf16> q = _data.BFloat16(13, Heads, D), o = new(13, Heads, D);
        ReferenceLauncher.Run(() => Attention.Prefill(q, keys, values, o, TestData.Ints(starts), TestData.Ints(lengths), 7, _scale, D, bm, bn));

        double[] want = [.. Enumerable.Range(0, 3).SelectMany(s => Enumerable.Range(0, news[s]).SelectMany(t =>
            Softmax(q, starts[s] + t, keys, values, s, visible: lengths[s] - news[s] + t + 1)))];
        TestData.Close(want, TestData.Doubles(o), 1 / 200.0, 2e-3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(Attention.Span - 1)]
    [InlineData(Attention.Span)]
    [InlineData(Attention.Span + 1)]
    [InlineData(2 * Attention.Span + 37)]
    public void Decode_ThenJoin_HasTheBitsOfPrefillsLastRow(int length)
    {
        var (keys, values) = Cache([length]);
        int news = Math.Min(length, 5);
        HostTensor<bf16> q = _data.BFloat16(news, Heads, D), prefilled = new(news, Heads, D);
        ReferenceLauncher.Run(() => Attention.Prefill(q, keys, values, prefilled, TestData.Ints(0, news), TestData.Ints(length), news, _scale, D, 4, BN));

        // A token before the last sees later spans fully masked; its bits too are those of decoding it when it was the last.
        for (int back = 0; back < news; back++)
            Assert.Equal(
                prefilled.Slice(0, news - 1 - back, 1).ToArray(),
                Decode(q.Slice(0, news - 1 - back, 1), keys, values, [length - back], CeilDiv(length, Attention.Span)).ToArray());
    }

    [Fact]
    public void Prefill_InChunks_HasTheSameBits()
    {
        const int Length = Attention.Span + 9, Chunk = Attention.Span - 3;
        var (keys, values) = Cache([Length]);
        HostTensor<bf16> q = _data.BFloat16(Length, Heads, D), whole = new(Length, Heads, D), tail = new(Length - Chunk, Heads, D);
        ReferenceLauncher.Run(() => Attention.Prefill(q, keys, values, whole, TestData.Ints(0, Length), TestData.Ints(Length), Length, _scale, D, 16, BN));
        ReferenceLauncher.Run(() => Attention.Prefill(
            q.Slice(0, Chunk, Length - Chunk), keys, values, tail, TestData.Ints(0, Length - Chunk), TestData.Ints(Length), Length - Chunk, _scale, D, 16, BN));
        Assert.Equal(whole.Slice(0, Chunk, Length - Chunk).ToArray(), tail.ToArray());
    }

    [Fact]
    public void Decode_RaggedBatch_MatchesSoftmaxWhateverTheSplits()
    {
        int[] lengths = [9, 600, 1];
        var (keys, values) = Cache(lengths);
        var q = _data.BFloat16(3, Heads, D);
        var two = Decode(q, keys, values, lengths, splits: 2);
        TestData.Close([.. Enumerable.Range(0, 3).SelectMany(s => Softmax(q, s, keys, values, s, lengths[s]))], TestData.Doubles(two), 1 / 200.0, 2e-3);
        Assert.Equal(two.ToArray(), Decode(q, keys, values, lengths, splits: 5).ToArray());
    }

    [Fact]
    public void Decode_SpanBeyondTheLength_WeighsNothing()
    {
        var (keys, values) = Cache([3]);
        HostTensor<float> partial = new(2, 1, Heads, D), maxima = new(2, 1, Heads), sums = new(2, 1, Heads);
        var q = _data.BFloat16(1, Heads, D);
        ReferenceLauncher.Run(() => Attention.Decode(q, keys, values, partial, maxima, sums, TestData.Ints(3), 2, _scale, D, Group, BN));
        Assert.All(partial.Slice(0, 1, 1).ToArray(), static v => Assert.Equal(0, v));
        Assert.All(sums.Slice(0, 1, 1).ToArray(), static v => Assert.Equal(0, v));
        Assert.All(maxima.Slice(0, 1, 1).ToArray(), static v => Assert.Equal(OnlineSoftmax.Lowest, v));
    }

    [Theory]
    [InlineData(Target.Cpu)]
    [InlineData(Target.Cuda)]
    [InlineData(Target.Ascend)]
    public void Schedules_OfOneTarget_CutKeysAlike(Target target)
    {
        int[] sizes = [.. new[] { nameof(Attention.Prefill), nameof(Attention.Decode) }
            .SelectMany(name => typeof(Attention).GetMethod(name)!.GetCustomAttributes<ScheduleAttribute>())
            .Where(s => s.Target == target).Select(static s => s.BN)];
        Assert.True(sizes.Length >= 2);
        Assert.Single(sizes.Distinct());
        Assert.Equal(0, Attention.Span % sizes[0]);
    }

    private static HostTensor<bf16> Decode(HostTensor<bf16> q, HostCache<bf16> keys, HostCache<bf16> values, int[] lengths, int splits)
    {
        int seqs = q.Dim(0);
        HostTensor<float> partial = new(splits, seqs, Heads, D), maxima = new(splits, seqs, Heads), sums = new(splits, seqs, Heads);
        var o = new HostTensor<bf16>(seqs, Heads, D);
        ReferenceLauncher.Run(() => Attention.Decode(q, keys, values, partial, maxima, sums, TestData.Ints(lengths), splits, _scale, D, Group, BN));
        ReferenceLauncher.Run(() => Attention.DecodeJoin(partial, maxima, sums, o, splits, D));
        return o;
    }

    /// <summary>Random keys and values for sequences of these lengths, on shuffled pages; NaN beyond each length.</summary>
    private (HostCache<bf16> Keys, HostCache<bf16> Values) Cache(int[] lengths)
    {
        int perSequence = CeilDiv(lengths.Max(), Page), pages = lengths.Length * perSequence;
        var table = new HostTensor<int>(_data.Permutation(pages), lengths.Length, perSequence);
        return (Fill(), Fill());

        HostCache<bf16> Fill()
        {
            var cache = new HostCache<bf16>(_data.BFloat16(pages, Page, KvHeads, D), table);
            for (int s = 0; s < lengths.Length; s++)
                for (int p = lengths[s]; p < perSequence * Page; p++)
                    for (int i = 0; i < KvHeads * D; i++)
                        cache[s, p, i / D, i % D] = (bf16)float.NaN;
            return cache;
        }
    }

    /// <summary>Attention of query row <paramref name="row"/> over the first visible keys, all heads and lanes.</summary>
    private static IEnumerable<double> Softmax(HostTensor<bf16> q, int row, HostCache<bf16> keys, HostCache<bf16> values, int seq, int visible)
    {
        for (int head = 0; head < Heads; head++)
        {
            int kvHead = head / Group;
            double[] weights = [.. Enumerable.Range(0, visible).Select(p =>
                Math.Exp(Enumerable.Range(0, D).Sum(i => (double)(float)q[row, head, i] * (float)keys[seq, p, kvHead, i]) * _scale))];
            for (int lane = 0; lane < D; lane++)
                yield return Enumerable.Range(0, visible).Sum(p => weights[p] * (float)values[seq, p, kvHead, lane]) / weights.Sum();
        }
    }
}
