using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Kdsl.Serving;

/// <summary>The sequences of one request, read together. Disposing frees those that still run.</summary>
sealed class Choices(IReadOnlyList<TextGeneration> generations) : IDisposable
{
    /// <summary>How many there are.</summary>
    public int Count => generations.Count;

    /// <summary>One of them.</summary>
    public TextGeneration this[int index] => generations[index];

    /// <summary>Tokens of the first sequence's prompt that were not computed anew: the others of a request share it.</summary>
    public int CachedTokens => Count > 0 ? generations[0].CachedTokens : 0;

    /// <summary>The deltas of all, each with the index of its sequence, in the order in which they come. One that fails ends all.</summary>
    public async IAsyncEnumerable<(int Index, TextDelta Delta)> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var merged = Channel.CreateBounded<(int, TextDelta)>(Count);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pumps = Task.WhenAll(generations.Select((generation, i) => Pump(generation, i, merged.Writer, stop)));
        _ = pumps.ContinueWith(_ => merged.Writer.TryComplete(), TaskScheduler.Default);
        try
        {
            await foreach (var item in merged.Reader.ReadAllAsync(cancellation))
                yield return item;
        }
        finally
        {
            await stop.CancelAsync();
            await pumps.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The finished texts of all.</summary>
    public async Task<IReadOnlyList<WholeText>> ReadWholeAsync(CancellationToken cancellation)
    {
        var texts = generations.Select(_ => new WholeText()).ToArray();
        await foreach (var (i, delta) in ReadAsync(cancellation))
            texts[i].Append(delta);
        return texts;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var generation in generations)
            generation.Cancel();
    }

    static async Task Pump(TextGeneration generation, int index, ChannelWriter<(int, TextDelta)> writer, CancellationTokenSource stop)
    {
        try
        {
            await foreach (var delta in generation.ReadAsync(stop.Token))
                await writer.WriteAsync((index, delta), stop.Token);
        }
        catch (Exception e)
        {
            writer.TryComplete(e);
            await stop.CancelAsync();
        }
    }
}
