using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.OpenCL;

namespace KernelDsl.Backends.Tests.Ilgpu;

/// <summary>What stands between ILGPU and a Debian OpenCL: the library's name, and a capability that PoCL denies and the generated code does not use.</summary>
internal static class OpenClLibrary
{
    private static readonly Lock _gate = new();
    private static bool _resolved;

    /// <summary>ILGPU asks for "OpenCL"; Debian installs libOpenCL.so.1 without the development link.</summary>
    public static void Resolve()
    {
        lock (_gate)
        {
            if (_resolved) return;
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, static (name, _, _) => name == "OpenCL" ? NativeLibrary.Load("libOpenCL.so.1") : 0);
            _resolved = true;
        }
    }

    /// <summary>Takes every device, and lets ILGPU believe in generic addresses: its code names the address space everywhere.</summary>
    public static bool Accept(CLDevice device)
    {
        typeof(CLCapabilityContext).GetProperty(nameof(CLCapabilityContext.GenericAddressSpace))!.GetSetMethod(nonPublic: true)!.Invoke(device.Capabilities, [true]);
        return true;
    }
}
