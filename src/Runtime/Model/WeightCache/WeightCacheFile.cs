using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// One file of a weight cache. It is written under another name and renamed when it is complete and on the disk, and never written again:
/// several processes may make it at once, and whoever has it mapped keeps what it mapped. No fault of it is an error of the model's.
/// </summary>
sealed class WeightCacheFile(string path, WeightCacheHeader header, Action<string> report)
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>The file of an open model; null, which is reported, where the back end has no packed weights that may be kept.</summary>
    /// <param name="weights">What most of the matrices are stored as: bf16, int8 or int4.</param>
    public static WeightCacheFile? For(ModelCheckpoint checkpoint, string weights, IReadOnlyList<MatrixPlan> matrices, IBackend backend, WeightCache cache)
    {
        if (backend.WeightLayout is { } layout)
            return new(PathIn(cache.Folder, checkpoint.Name, weights), new(layout, checkpoint.Weights.Fingerprint(), matrices, backend), cache.Report);
        cache.Report($"the back end '{backend.Name}' keeps no packed weights; going on without a weight cache");
        return null;
    }

    /// <summary>The file of a model: named after it, what its weights are stored as, and where it lies as seen from the folder.</summary>
    /// <param name="model">Path of the model's folder or file.</param>
    /// <param name="weights">bf16, int8 or int4.</param>
    public static string PathIn(string folder, string model, string weights)
    {
        // Relative, so that a folder that is moved together with its cache still finds it.
        string relative = Path.GetRelativePath(Path.GetFullPath(folder), Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
        string name = relative == "." ? "model" : Path.GetFileName(relative), place = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(relative)).AsSpan(0, 4));
        return Path.Combine(folder, $"{name}.{place}.{weights}.kdsl-weights");
    }

    /// <summary>Where a matrix begins.</summary>
    public long OffsetOf(int matrix) => header.OffsetOf(matrix);

    /// <summary>Maps the file; null where there is none that can be used, which is reported unless there is none at all.</summary>
    public MappedBytes? Open()
    {
        MappedBytes? file = null;
        try
        {
            file = MappedBytes.OfFile(path);
            file.AdviseHugePages();
            if (header.FaultOf(file) is not { } fault) return file;
            report($"weight cache {path} {fault}; the weights are packed again");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The first start.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            report($"weight cache {path} cannot be read: {e.Message}");
        }
        file?.Dispose();
        return null;
    }

    /// <summary>Writes packed matrices, piece by piece from where they lie; a failure is reported.</summary>
    /// <param name="weights">In the header's order.</param>
    public void Write(IReadOnlyList<PackedWeight> weights, IBackend backend)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}{TemporarySuffix}";
        long start = Stopwatch.GetTimestamp();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            DeleteLeftovers();
            WriteTo(temporary, weights, backend);
            File.Move(temporary, path, overwrite: true);
            report($"weight cache {path} written, {header.FileBytes / (1024.0 * 1024):f0} MiB in {Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s; the next start maps it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            report($"weight cache {path} cannot be written: {e.Message.TrimEnd('.')}; going on without");
            TryDelete(temporary);
        }
    }

    private void WriteTo(string temporary, IReadOnlyList<PackedWeight> weights, IBackend backend)
    {
        // The length at once: a disk that is too full says so before gigabytes are written.
        using var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, PreallocationSize = header.FileBytes,
        });
        var pieces = new PieceWriter(file);
        pieces.Write(header.Bytes.Span);
        for (int i = 0; i < weights.Count; i++)
        {
            var weight = weights[i];
            long bytes = backend.WeightBytes(weight.Outputs, weight.Inputs, weight.Format);
            pieces.Pad(header.OffsetOf(i));
            for (long at = 0; at < bytes;)
            {
                var part = pieces.Room(bytes - at);
                backend.Download(weight.Buffer, weight.Offset + at, part);
                at += part.Length;
            }
        }
        pieces.Flush();
        // Before it gets its name: after a power failure a file that is there is whole.
        file.Flush(flushToDisk: true);
    }

    /// <summary>What processes that were killed left behind. A file that is being written is locked.</summary>
    private void DeleteLeftovers()
    {
        foreach (string leftover in Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, $"{Path.GetFileName(path)}.*{TemporarySuffix}"))
        {
            try
            {
                using (new FileStream(leftover, FileMode.Open, FileAccess.Write, FileShare.None)) File.Delete(leftover);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody writes it.
            }
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is not there, or not writable: neither is the file.
        }
    }
}
