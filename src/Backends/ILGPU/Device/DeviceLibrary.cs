using ILGPU;

namespace KernelDsl.Backends.Ilgpu.Device;

/// <summary>The device library's entry into ILGPU.</summary>
public static class DeviceLibrary
{
    /// <summary>Registers every function that has an implementation per device.</summary>
    public static Context.Builder DeviceFunctions(this Context.Builder builder) => builder.ShuffleFunctions().FusedArithmetic();
}
