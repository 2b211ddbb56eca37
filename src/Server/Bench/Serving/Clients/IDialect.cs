using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>How a reply is cut into records.</summary>
enum Framing
{
    /// <summary>One JSON text.</summary>
    Whole,

    /// <summary>Server-sent events, each a JSON text.</summary>
    Events,

    /// <summary>JSON texts, each ended by a NUL byte: vLLM's /generate.</summary>
    NulTerminated,
}

/// <summary>A route of a server: what is asked and how the reply is read. Without state.</summary>
interface IDialect
{
    /// <summary>The route below --Http, such as <c>/generate_stream</c>.</summary>
    string Route { get; }

    /// <summary>How its replies are cut.</summary>
    Framing Framing { get; }

    /// <summary>A reply says that it has ended: one that stops before was cut off.</summary>
    bool SaysEnd { get; }

    /// <summary>Prompts go as token ids.</summary>
    bool SendsTokens { get; }

    /// <summary>The body of a request.</summary>
    JsonObject Body(BenchRequest request);

    /// <summary>Reads a record, which is a JSON object.</summary>
    Chunk Read(JsonElement record);
}
