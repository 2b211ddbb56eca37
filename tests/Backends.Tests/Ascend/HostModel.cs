using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace KernelDsl.Backends.Tests.Ascend;

/// <summary>AscendC compiled by g++ against the host model of src/Backends/Ascend/Device/model, loaded into this process.</summary>
public sealed unsafe class HostModel
{
    private readonly nint _library;
    private readonly delegate* unmanaged<nint, void*, int, GmRange*, int, byte*, int, int> _launch;

    private HostModel(nint library)
    {
        _library = library;
        _launch = (delegate* unmanaged<nint, void*, int, GmRange*, int, byte*, int, int>)NativeLibrary.GetExport(library, "kdsl_model_launch");
    }

    /// <summary>Global memory that a launch may touch.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct GmRange
    {
        public void* Base;
        public ulong Bytes;
        public int Writable;
    }

    /// <summary>Why nothing can be compiled, or null.</summary>
    public static string? Unavailable { get; } = FindCompiler();

    /// <summary>The device library and the model.</summary>
    public static string DeviceFolder { get; } = Path.Combine(
        typeof(HostModel).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(static a => a.Key == "RepoRoot").Value!, "src", "Backends", "Ascend", "Device");

    /// <summary>Compiles one translation unit and loads it.</summary>
    /// <exception cref="InvalidOperationException">What g++ said.</exception>
    public static HostModel Compile(string source, string optimisation = "-O1")
    {
        var folder = Directory.CreateTempSubdirectory("kdsl-ascend-");
        try
        {
            string text = Path.Combine(folder.FullName, "kernels.cpp"), library = Path.Combine(folder.FullName, "kernels.so");
            File.WriteAllText(text, source);
            string said = Run("-std=c++17", optimisation, "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-fPIC", "-shared",
                "-I" + DeviceFolder, "-I" + Path.Combine(DeviceFolder, "model"), text, "-o", library);
            return said.Length == 0 ? new HostModel(NativeLibrary.Load(library)) : throw new InvalidOperationException(said);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs a kernel on that many cores; null, or what the model objected to.</summary>
    public string? Launch(string entry, KernelArgument* arguments, int cores, ReadOnlySpan<GmRange> ranges)
    {
        var message = stackalloc byte[1024];
        fixed (GmRange* first = ranges)
            return _launch(NativeLibrary.GetExport(_library, entry), arguments, cores, first, ranges.Length, message, 1024) == 0
                ? null : Marshal.PtrToStringUTF8((nint)message);
    }

    private static string? FindCompiler()
    {
        try
        {
            Run("--version");
            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "g++ is not installed";
        }
    }

    private static string Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("g++", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = new StringBuilder(process.StandardError.ReadToEnd());
        process.WaitForExit();
        _ = output.Result;
        return process.ExitCode == 0 ? "" : errors.ToString();
    }
}
