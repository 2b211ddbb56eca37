using System.Text.Json;

namespace Kdsl.Dialects.Raw;

/// <summary>How a dialect writes the answer to a <see cref="RawRequest"/>.</summary>
interface IRawFormat
{
    /// <summary>Content type of a stream.</summary>
    string StreamType => "text/event-stream; charset=utf-8";

    /// <summary>Bytes before the JSON of an event.</summary>
    ReadOnlySpan<byte> Before => "data: "u8;

    /// <summary>Bytes after it.</summary>
    ReadOnlySpan<byte> After => "\n\n"u8;

    /// <summary>Writes the whole answer as one JSON value.</summary>
    void WriteWhole(Utf8JsonWriter json, RawAnswer answer);

    /// <summary>Writes what a step added; the last one has the finish reason, and the answer so far is whole then.</summary>
    void WriteStep(Utf8JsonWriter json, RawStep step, RawAnswer answer);
}
