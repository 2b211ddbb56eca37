namespace Kdsl.Configuration.Files;

/// <summary>What a value is.</summary>
enum Shape
{
    /// <summary>A text, a number, true or false.</summary>
    Scalar,

    /// <summary>A list of such, or of lists.</summary>
    List,

    /// <summary>An object, which holds the values that follow; its text is empty.</summary>
    Object,
}

/// <summary>One value of a file of settings.</summary>
/// <param name="Path">Names of the objects around it and its own, with dots between; items of a list of objects have their index: ModelConfig[0].modelName.</param>
/// <param name="Text">A scalar's text, or a list of scalars as compact JSON.</param>
/// <param name="Line">From 1.</param>
/// <param name="Shape">What it is.</param>
sealed record FileValue(string Path, string Text, int Line, Shape Shape = Shape.Scalar);

/// <summary>A file of settings, flat.</summary>
/// <param name="File">Its path, as it was given.</param>
/// <param name="Values">In the order of the file; nulls are left out.</param>
/// <param name="Duplicates">Paths that are there more than once, with both lines; the later value is the one that counts.</param>
sealed record SettingsFile(string File, IReadOnlyList<FileValue> Values, IReadOnlyList<(string Path, int First, int Line)> Duplicates)
{
    /// <summary>Larger files are no settings; MindIE's own limit.</summary>
    public const int MostBytes = 10 << 20;

    /// <summary>Deeper ones are not, either.</summary>
    public const int MostDepth = 64;

    /// <summary>The value at a path; null: there is none.</summary>
    public FileValue? Find(string path) => Values.LastOrDefault(v => v.Path == path);

    /// <summary>The bytes of a file that somebody named.</summary>
    /// <param name="named">Where it was named, for messages.</param>
    /// <exception cref="ConfigurationException">It cannot be read, or is too large.</exception>
    public static byte[] Read(string file, string named)
    {
        try
        {
            using var stream = System.IO.File.OpenRead(file);
            if (stream.Length > MostBytes)
                throw new ConfigurationException($"{file}: {stream.Length:N0} bytes; a file of settings has at most {MostBytes:N0}.");
            // Not sized by the length: /dev/stdin and pipes have none.
            using var bytes = new MemoryStream();
            var buffer = new byte[1 << 16];
            for (int count; (count = stream.Read(buffer)) > 0;)
            {
                bytes.Write(buffer, 0, count);
                if (bytes.Length > MostBytes)
                    throw new ConfigurationException($"{file}: more than {MostBytes:N0} bytes; a file of settings has fewer.");
            }
            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new ConfigurationException($"{named} is '{file}', which cannot be read: {e.Message.TrimEnd('.')}; give a file that can.", e);
        }
    }

    /// <summary>Flattens what a reader finds; it notices duplicates.</summary>
    public sealed class Builder
    {
        readonly List<FileValue> _values = [];
        readonly Dictionary<string, int> _lines = [];
        readonly List<(string, int, int)> _duplicates = [];

        /// <summary>A name of an object, once.</summary>
        public void Name(string path, int line)
        {
            if (!_lines.TryAdd(path, line)) _duplicates.Add((path, _lines[path], line));
        }

        /// <summary>A value.</summary>
        public void Add(FileValue value) => _values.Add(value);

        /// <summary>The file.</summary>
        public SettingsFile Build(string file) => new(file, _values, _duplicates);
    }
}
