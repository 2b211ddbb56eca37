using CsCheck;
using KernelDsl.Runtime.Engine;

namespace EngineTests.Sampling;

public class FilterTests
{
    [Fact]
    public void Kept_AnyRowAndOptions_IsTheNaiveSet() =>
        Gen.Select(SamplerGens.Row, SamplerGens.Temperature, SamplerGens.TopK, SamplerGens.TopP, SamplerGens.MinP).Sample((row, t, k, p, m) =>
        {
            var kept = Kept(row, new() { Temperature = t, TopK = k, TopP = p, MinP = m });
            // Sums in float against sums in double: a token whose cumulative mass or share is this close to the bound may fall either way.
            const double edge = 1e-5;
            var least = NaiveSampler.Kept(row, t, k, p - edge, m * (1 + edge) + (m > 0 ? 1e-9 : 0));
            var most = NaiveSampler.Kept(row, t, k, p == 1f ? 1 : p + edge, m * (1 - edge));
            Assert.Subset(kept, least);
            Assert.Subset(Live(most, row), Live(kept, row));
        }, iter: 3000);

    [Fact]
    public void Kept_TopKWithTies_KeepsExactlyKLowestIdsFirst()
    {
        float[] row = [.. Enumerable.Repeat(1f, 300)];
        row[250] = 2f;
        Assert.Equal([0, 1, 2, 3, 250], Kept(row, new() { TopK = 5 }).Order());
    }

    [Fact]
    public void Kept_TopPBelowTheBestToken_KeepsTheBestAlone() =>
        Assert.Equal([1], Kept([0f, 5f, 0f], new() { TopP = 0.01f }));

    [Fact]
    public void Kept_MinPOne_KeepsTheTiesOfTheBest() =>
        Assert.Equal([1, 2], Kept([0f, 5f, 5f, 4.99f], new() { MinP = 1f }).Order());

    [Fact]
    public void Kept_TinyTemperature_KeepsTheBest() =>
        Assert.Equal([2], Kept([0f, 1f, 1.5f], new() { Temperature = 1e-42f, TopP = 0.9f }));

    [Fact]
    public void Prefix_AnyTarget_IsTheShortestThatReachesIt() =>
        Gen.Select(SamplerGens.Row, Gen.Double[0, 1.1]).Sample((row, share) =>
        {
            Candidate[] all = [.. row.Select((l, i) => new Candidate(i, l, float.IsFinite(l) ? MathF.Exp(l) : 0))];
            var best = all.OrderByDescending(c => c.Logit).ThenBy(c => c.Id).ToArray();
            var target = share * Candidates.Mass(all);

            var length = Candidates.Prefix(all, target);

            Assert.Equal(best.Take(length).Select(c => c.Id).Order(), all.Take(length).Select(c => c.Id).Order());
            var tolerance = 1e-9 * Candidates.Mass(all);
            Assert.True(length == row.Length || Candidates.Mass(best.AsSpan(0, length)) >= target - tolerance);
            Assert.True(length == 1 || Candidates.Mass(best.AsSpan(0, length - 1)) <= target + tolerance);
        }, iter: 2000);

    static HashSet<int> Kept(float[] row, SamplingOptions options)
    {
        var kept = new HashSet<int>();
        foreach (var candidate in new Sampler(row.Length).Keep(row, options))
            Assert.True(kept.Add(candidate.Id));
        return kept;
    }

    // A token of weight zero is never drawn, so whether a filter lists it does not matter.
    static HashSet<int> Live(HashSet<int> ids, float[] row) => [.. ids.Where(id => float.IsFinite(row[id]))];
}
