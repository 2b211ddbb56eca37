using System.Text.Json;
using KernelDsl.Backends.Ilgpu;

namespace KernelDsl.Backends.Cuda;

/// <summary>The PTX and manifest that were built into this assembly.</summary>
public static class PtxImages
{
    /// <summary>Every compiled variant.</summary>
    public static IReadOnlyList<KernelEntry> Entries { get; } = ReadManifest();

    /// <summary>A variant's PTX as the driver wants it: UTF-8, ended by a zero byte.</summary>
    public static byte[] Load(KernelEntry entry)
    {
        using var stream = Open($"{entry.Function}.ptx");
        var image = new byte[stream.Length + 1];
        stream.ReadExactly(image, 0, image.Length - 1);
        return image;
    }

    private static IReadOnlyList<KernelEntry> ReadManifest()
    {
        using var stream = Open("manifest.json");
        return JsonSerializer.Deserialize(stream, ManifestJson.Default.Entries) ?? [];
    }

    private static Stream Open(string name) => typeof(PtxImages).Assembly.GetManifestResourceStream($"ptx/{name}")
        ?? throw new InvalidOperationException($"resource 'ptx/{name}' is not in {typeof(PtxImages).Assembly.GetName().Name}: rebuild it");
}
