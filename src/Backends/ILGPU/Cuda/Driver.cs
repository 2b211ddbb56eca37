using System.Runtime.InteropServices;

namespace KernelDsl.Backends.Cuda;

/// <summary>The CUDA driver API's functions that the back end calls; results are CUresult codes.</summary>
internal static unsafe partial class Driver
{
    public const string Library = "libcuda.so.1";
    public const int OutOfMemory = 2;

    [LibraryImport(Library)]
    public static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    public static partial int cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    public static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    public static partial int cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    public static partial int cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library)]
    public static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static partial int cuDevicePrimaryCtxRelease(int device);

    [LibraryImport(Library)]
    public static partial int cuCtxSetCurrent(nint context);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    public static partial int cuMemGetInfo(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    public static partial int cuMemAlloc(out nint address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    public static partial int cuMemFree(nint address);

    [LibraryImport(Library, EntryPoint = "cuMemsetD8_v2")]
    public static partial int cuMemset(nint address, byte value, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoD_v2")]
    public static partial int cuMemcpyToDevice(nint destination, void* source, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoH_v2")]
    public static partial int cuMemcpyToHost(void* destination, nint source, nuint bytes);

    [LibraryImport(Library)]
    public static partial int cuModuleLoadDataEx(out nint module, byte* image, uint options, int* optionNames, void** optionValues);

    [LibraryImport(Library)]
    public static partial int cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)]
    public static partial int cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, void** parameters, void** extra);

    [LibraryImport(Library)]
    private static partial int cuGetErrorString(int code, out byte* text);

    /// <summary>Throws when a call failed.</summary>
    /// <param name="doing">What was attempted, for the message.</param>
    /// <exception cref="CudaException">The driver's code and text.</exception>
    public static void Check(int code, string doing)
    {
        if (code != 0) throw new CudaException($"{doing}: {Describe(code)}");
    }

    /// <summary>"no error (0)".</summary>
    public static string Describe(int code) =>
        $"{(cuGetErrorString(code, out byte* text) == 0 ? Marshal.PtrToStringUTF8((nint)text) : "unknown CUDA error")} ({code})";
}

/// <summary>The CUDA driver refused something.</summary>
public sealed class CudaException(string message) : Exception(message);
