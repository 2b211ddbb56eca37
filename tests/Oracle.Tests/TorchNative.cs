using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;

namespace KernelDsl.Oracle.Tests;

/// <summary>Loads libtorch, or says why it cannot.</summary>
internal static class TorchNative
{
    /// <summary>Null when the oracle is there.</summary>
    public static string? Missing { get; } = Load();

    private static string? Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return "the pinned libtorch package is for linux-x64";
        try
        {
            string directory = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
            string library = Path.Combine(directory, "libLibTorchSharp.so");
            NativeLibrary.TryLoad(Path.Combine(directory, "libtorch_cpu.so"), out _);
            if (File.Exists(library) && !NativeLibrary.TryLoad(library, out _)) LowerLibstdcxx(library);
            torch.set_num_threads(1);
            using var probe = torch.ones(1);
            return null;
        }
        catch (Exception e) when (e is TypeInitializationException or NotSupportedException or DllNotFoundException or IOException or UnauthorizedAccessException)
        {
            return $"libtorch does not load: {(e.InnerException ?? e).Message.Split('\n')[0]}";
        }
    }

    /// <summary>
    /// TorchSharp's library was linked against GCC 13's libstdc++ and wants one symbol of version GLIBCXX_3.4.32,
    /// std::ios_base_library_init(), which does what the constructor of std::ios_base::Init did before. Where libstdc++ is older, the copy in
    /// the test's output folder is made to ask for that constructor, in version GLIBCXX_3.4.
    /// </summary>
    private static void LowerLibstdcxx(string path)
    {
        byte[] image = File.ReadAllBytes(path);
        const string NewVersion = "GLIBCXX_3.4.32", OldVersion = "GLIBCXX_3.4";
        int newText = Find(image, Text(NewVersion)), symbol = Find(image, Text("_ZSt21ios_base_library_initv"));
        int newNeed = FindNeed(image, NewVersion, newText, out int strings), oldNeed = FindNeed(image, OldVersion, null, out _, strings);
        if (symbol < 0 || newNeed < 0 || oldNeed < 0) return;

        Text("_ZNSt8ios_base4InitC1Ev").CopyTo(image, symbol);
        image.AsSpan(oldNeed, 4).CopyTo(image.AsSpan(newNeed)); // vna_hash
        image.AsSpan(oldNeed + 8, 4).CopyTo(image.AsSpan(newNeed + 8)); // vna_name
        string copy = path + "." + Environment.ProcessId;
        File.WriteAllBytes(copy, image);
        File.Move(copy, path, overwrite: true);
    }

    /// <summary>
    /// Finds the Elf64_Vernaux {hash, flags, other, name, next} of a version: by its hash, and by its name's offset in the string table. Given
    /// where the name lies, the table's start follows; given the table's start, the name is read.
    /// </summary>
    private static int FindNeed(byte[] image, string version, int? text, out int strings, int knownStrings = 0)
    {
        var hash = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(hash, ElfHash(version));
        for (int at = Find(image, hash); at >= 0; at = Find(image, hash, at + 1))
        {
            int name = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(at + 8));
            strings = text is { } position ? position - name : knownStrings;
            if (name > 0 && strings > 0 && strings + name < image.Length && image[strings] == 0 && image.AsSpan(strings + name).StartsWith(Text(version)))
                return at;
        }

        strings = 0;
        return -1;
    }

    private static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (char c in name)
        {
            hash = (hash << 4) + c;
            uint high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }

    private static byte[] Text(string value) => Encoding.ASCII.GetBytes(value + "\0");

    private static int Find(byte[] image, byte[] bytes, int from = 0)
    {
        int at = image.AsSpan(from).IndexOf(bytes);
        return at < 0 ? at : from + at;
    }
}
