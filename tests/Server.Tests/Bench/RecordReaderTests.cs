using System.Text;
using Kdsl.Bench.Serving.Clients;

namespace Kdsl.Tests.Bench;

public class RecordReaderTests
{
    [Fact]
    public async Task Events_CutAnywhere_AreTheSame()
    {
        const string Stream = ": ping\n\nevent: message\ndata: {\"a\":\"é😀\"}\n\ndata:one\ndata: two\r\n\r\nid: 7\n\n\ndata: last, without its blank line";
        for (int piece = 1; piece <= Stream.Length; piece++)
        {
            var reader = new EventReader(new RecordReader(new PieceStream(Encoding.UTF8.GetBytes(Stream), piece), (byte)'\n'));
            var events = new List<string>();
            while (await reader.NextAsync(default) is { } data)
                events.Add(Encoding.UTF8.GetString(data.Span));
            Assert.Equal(["{\"a\":\"é😀\"}", "one\ntwo", "last, without its blank line"], events);
        }
    }

    [Fact]
    public async Task Records_LongerThanTheBuffer_AreWhole()
    {
        string longest = new('x', 100_000);
        var reader = new RecordReader(new PieceStream(Encoding.UTF8.GetBytes($"a\0{longest}\0\0b"), 999), 0);
        var records = new List<string>();
        while (await reader.NextAsync(default) is { } record)
            records.Add(Encoding.UTF8.GetString(record.Span));
        Assert.Equal(["a", longest, "", "b"], records);
    }

    [Fact]
    public async Task Events_WithAStrayLine_SayWhatTheServerWrote()
    {
        var reader = new EventReader(new RecordReader(new PieceStream("data: 1\n\nEngine callback timeout: 600s\n"u8.ToArray(), 5), (byte)'\n'));
        Assert.NotNull(await reader.NextAsync(default));
        var failure = await Assert.ThrowsAsync<RequestFailedException>(async () => await reader.NextAsync(default));
        Assert.Equal("the server wrote into the stream: Engine callback timeout: 600s", failure.Message);
    }

    /// <summary>Gives so many bytes at each read, and not more.</summary>
    sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
