using System.Text;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>
/// The data of server-sent events (WHATWG HTML, 9.2.6). Not the library's parser: it drops lines that are no field of an event, and there
/// MindIE writes that its engine has failed.
/// </summary>
sealed class EventReader(RecordReader lines)
{
    static readonly string[] _otherFields = ["event", "id", "retry"];

    /// <summary>Data of the next event; null: the stream has ended. An event that lacks its blank line at the end counts.</summary>
    /// <exception cref="RequestFailedException">The server wrote a line that belongs to no event.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellation)
    {
        byte[]? data = null;
        while (await lines.NextAsync(cancellation) is { } line)
        {
            if (line.Span is [.., (byte)'\r'])
                line = line[..^1];
            if (line.IsEmpty && data is null)
                continue;
            if (line.IsEmpty)
                return data;
            if (Value(line.Span) is { } value)
                data = data is null ? value : [.. data, (byte)'\n', .. value];
        }

        // Typed: a plain null would become an empty Memory.
        return data is null ? (ReadOnlyMemory<byte>?)null : data;
    }

    /// <summary>What a data line holds; null for other fields and comments.</summary>
    static byte[]? Value(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("data:"u8))
            return line[(line.StartsWith("data: "u8) ? 6 : 5)..].ToArray();
        string text = Encoding.UTF8.GetString(line);
        return text[0] == ':' || _otherFields.Contains(text.Split(':')[0]) ? null : throw new RequestFailedException($"the server wrote into the stream: {Json.OneLine(text)}");
    }
}
