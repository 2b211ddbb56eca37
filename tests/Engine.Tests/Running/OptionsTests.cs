using KernelDsl;
using KernelDsl.Runtime.Engine;

namespace EngineTests.Running;

public class OptionsTests
{
    public static readonly TheoryData<string, EngineOptions> Bad = new()
    {
        { "MaxBatch is 0; allowed is 1 to 1024", new() { MaxBatch = 0 } },
        { "MaxTokensPerStep is 8; allowed is 16 to 65536", new() { MaxTokensPerStep = 8 } },
        { "PageSize is 8; allowed is 16 to 512", new() { PageSize = 8 } },
        { "PageSize is 48; allowed is a power of two", new() { PageSize = 48 } },
        { "KvBytes is 0; allowed is 1 to", new() { KvBytes = 0 } },
        { "MaxDraft is 33; allowed is 0 to 32: 0 switches speculation off", new() { MaxDraft = 33 } },
        { "ContextLength is 1; allowed is 2 to", new() { ContextLength = 1 } },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void ForModel_OutOfRange_NamesOptionValueAndWhatIsAllowed(string said, EngineOptions options) =>
        Assert.StartsWith(said, Assert.Throws<ArgumentException>(() => options.ForModel(null)).Message);

    [Fact]
    public void ForModel_Chosen_ReachesTheModel()
    {
        var model = new EngineOptions { MaxBatch = 3, MaxTokensPerStep = 70, PageSize = 32, KvBytes = 1 << 20, CacheFormat = CacheFormat.Int8, ContextLength = 99 }.ForModel(50);
        Assert.Equal((3, 70, 32, 1 << 20, CacheFormat.Int8, 99, 50),
            (model.MaxSequences, model.MaxTokens, model.PageSize, model.CacheBytes, model.CacheFormat, model.ContextLength, model.SampledVocabularySize));
    }

    [Theory]
    [InlineData(1, 512, 8, 9)]
    [InlineData(1, 4, 8, 4)]
    [InlineData(16, 512, 8, 80)]
    [InlineData(16, 512, 0, 16)]
    public void ForModel_Speculation_GetsRowsOfLogits(int batch, int tokens, int draft, int rows) =>
        Assert.Equal(rows, new EngineOptions { MaxBatch = batch, MaxTokensPerStep = tokens, MaxDraft = draft }.ForModel(null).MaxLogitRows);

    [Theory]
    [InlineData(64L << 30, 16L << 30)]
    [InlineData(64L << 20, 64L << 20)]
    public void DefaultKvBytes_IsAQuarterButNotBelow64MiB(long available, long expected) =>
        Assert.Equal(expected, EngineOptions.DefaultKvBytes(available));
}
