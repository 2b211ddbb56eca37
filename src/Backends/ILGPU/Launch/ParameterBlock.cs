using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelDsl.Backends.Ilgpu;

/// <summary>
/// The device parameters of one entry as a driver wants them: an array of pointers to values. A view is {pointer, length in elements} in 16
/// bytes, then its dimensions as 32-bit and its strides as 64-bit integers; a scalar is itself. Laid out once, refilled at every launch.
/// </summary>
public sealed unsafe class ParameterBlock : IDisposable
{
    private const int Slot = 16;

    private readonly KernelEntry _entry;
    private readonly byte* _values;
    private readonly void** _pointers;

    /// <summary>Allocates the block of an entry.</summary>
    public ParameterBlock(KernelEntry entry)
    {
        _entry = entry;
        Count = entry.Parameters.Sum(static p => p.Rank == 0 ? 1 : 1 + p.Rank + p.Strides);
        _values = (byte*)NativeMemory.AllocZeroed((nuint)Count, Slot);
        _pointers = (void**)NativeMemory.Alloc((nuint)Count, (nuint)sizeof(void*));
        for (int i = 0; i < Count; i++) _pointers[i] = _values + (i * Slot);
    }

    /// <summary>Device parameters.</summary>
    public int Count { get; }

    /// <summary>One pointer per device parameter, in order.</summary>
    public void** Pointers => _pointers;

    /// <summary>Writes the values of a launch.</summary>
    /// <param name="arguments">One per parameter of the entry.</param>
    public void Fill(ReadOnlySpan<KernelArgument> arguments)
    {
        int next = 0;
        for (int i = 0; i < arguments.Length; i++)
        {
            ref readonly var argument = ref arguments[i];
            var parameter = _entry.Parameters[i];
            if (parameter.Rank == 0)
            {
                if (parameter.Kind == ParameterKind.Int) Write(next++, argument.Int);
                else Write(next++, argument.Float);
                continue;
            }
            Write(next, (nint)argument.Data);
            Unsafe.WriteUnaligned(_values + (next++ * Slot) + sizeof(long), LaunchPlan.Span(parameter, argument));
            for (int d = 0; d < parameter.Rank; d++) Write(next++, LaunchPlan.Dim(argument, d));
            for (int d = 0; d < parameter.Strides; d++) Write(next++, LaunchPlan.Stride(argument, d));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_values);
        NativeMemory.Free(_pointers);
    }

    private void Write<T>(int slot, T value)
        where T : unmanaged => Unsafe.WriteUnaligned(_values + (slot * Slot), value);
}
