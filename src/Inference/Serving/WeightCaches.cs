using System.Diagnostics;
using KernelDsl.Runtime.Model;

namespace Kdsl.Serving;

/// <summary>What <c>--weight-cache</c> asks for, and the lines on stderr that come of it.</summary>
static class WeightCaches
{
    /// <summary>The folder beside the model.</summary>
    public const string Auto = "auto";

    /// <summary>No cache.</summary>
    public const string Off = "off";

    // What one waits for without wondering.
    static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    /// <summary>The cache of a model; null: none. The embedded model has none: it lies nowhere, and is loaded in no time.</summary>
    public static WeightCache? Of(ModelOptions options) => options switch
    {
        { WeightCache: Off } or { Folder: null } => null,
        { WeightCache: Auto, Folder: var model } => new(Directory.Exists(model) ? model : Path.GetDirectoryName(Path.GetFullPath(model)) ?? ".", Report),
        { WeightCache: var folder } => new(folder, Report),
    };

    /// <summary>Tells who waited for weights to be packed that they need not be again.</summary>
    /// <param name="start">When loading began, of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public static void Advise(ModelOptions options, long start)
    {
        if (options is { WeightCache: Off, Folder: not null } && Stopwatch.GetElapsedTime(start) is var time && time > _soon)
            Report($"packing the weights took {time.TotalSeconds:f1} s; --weight-cache {Auto} keeps them beside the model, in a file of their size, and later starts map it");
    }

    static void Report(string line) => Console.Error.WriteLine($"kdsl: {line}");
}
