using System.Runtime.InteropServices;
using Iced.Intel;

namespace KernelDsl.X86Interpreter;

/// <summary>
/// Code at a real address, decoded as execution reaches it: constants that it addresses relative to rip are read like other memory.
/// </summary>
internal sealed unsafe class CodeImage : IDisposable
{
    // As executable memory would be: constants may rely on their offset's alignment.
    private const int PageBytes = 4096;
    private const int LongestInstruction = 15;

    private readonly byte* _bytes;
    private readonly Decoded?[] _decoded;

    public CodeImage(ReadOnlySpan<byte> code)
    {
        _bytes = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(code.Length, 1), PageBytes);
        code.CopyTo(new Span<byte>(_bytes, code.Length));
        _decoded = new Decoded?[code.Length];
    }

    public ulong Start => (ulong)_bytes;

    public MemoryRange Range => new("code", Start, (ulong)_decoded.Length, Writable: false);

    /// <summary>The instruction sets of what was decoded.</summary>
    public IReadOnlySet<CpuidFeature> Features => _decoded.SelectMany(static d => d?.Features ?? []).ToHashSet();

    /// <summary>The instruction at an address, or null outside the code.</summary>
    public Decoded? At(ulong address)
    {
        ulong offset = address - Start;
        return offset >= (ulong)_decoded.Length ? null : _decoded[offset] ??= Decode((int)offset);
    }

    public void Dispose() => NativeMemory.AlignedFree(_bytes);

    private Decoded Decode(int offset)
    {
        byte[] rest = new Span<byte>(_bytes, _decoded.Length)[offset..Math.Min(offset + LongestInstruction, _decoded.Length)].ToArray();
        var decoder = Decoder.Create(64, rest, Start + (ulong)offset);
        return new(decoder.Decode());
    }
}
