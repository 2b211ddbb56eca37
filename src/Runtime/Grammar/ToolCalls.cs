using System.Text.Json;

namespace KernelDsl.Runtime.Grammar;

/// <summary>A function that a model may call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">JSON Schema of its arguments; null: any object.</param>
/// <param name="Strict">The schema must be kept; else one that cannot be served counts as any object.</param>
public sealed record Tool(string Name, JsonElement? Parameters, bool Strict);

/// <summary>Which calls an output may hold.</summary>
/// <param name="Required">It is calls, at least one and nothing else; else text with calls in it where the model begins them.</param>
/// <param name="Parallel">There may be more than one.</param>
/// <param name="Instead">What an output without calls must look like; null: any text.</param>
public sealed record ToolCalls(IReadOnlyList<Tool> Tools, bool Required, bool Parallel, JsonElement? Instead);
