namespace Kdsl.Configuration.Layers;

/// <summary>Who may change or read files that decide what is served.</summary>
static class FilePermissions
{
    const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite, OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Warns of settings that others may change.</summary>
    public static void Check(string file, Problems problems)
    {
        if (Mode(file) is { } mode && (mode & OthersWrite) != 0)
            problems.Warn($"{file}: others may write it (mode {Octal(mode)}); chmod 640 keeps settings yours.");
    }

    /// <summary>What is wrong with a private key's mode; null: nothing.</summary>
    public static string? FaultOfKey(string file) => Mode(file) is { } mode && (mode & (OthersRead | OthersWrite)) != 0
        ? $"{file}: others may read it (mode {Octal(mode)}); a private key is its owner's: chmod 600" : null;

    static UnixFileMode? Mode(string file)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(file)) return null;
        try
        {
            return File.GetUnixFileMode(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8);
}
