using System.Text.RegularExpressions;
using Iced.Intel;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>
/// What EVEX adds to an instruction, on any host: opmasks against the same instruction without one, embedded broadcasts against the
/// repeated element, for every encoding that the interpreter knows.
/// </summary>
public sealed unsafe partial class MaskTests : IDisposable
{
    private const int Repetitions = 10;

    private readonly StateBlock _block = new();
    private readonly Random _random = new(2);

    public static TheoryData<string> Encodings => [.. Samples.Codes.SelectMany(static g => g)
        .Where(static c => c.ToOpCode() is { Encoding: EncodingKind.EVEX } o && (o.CanUseOpMaskRegister || o.CanBroadcast)).Select(static c => c.ToString()).Order()];

    public void Dispose() => _block.Dispose();

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Opmask_SelectsElements(string encoding)
    {
        var code = Enum.Parse<Code>(encoding);
        if (!code.ToOpCode().CanUseOpMaskRegister || Samples.Create(code, _random) is null) return;
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            var instruction = Samples.Create(code, _random)!.Value;
            byte[] before = Fill();
            instruction.OpMask = Register.None;
            instruction.ZeroingMasking = false;
            byte[] whole = Run(instruction, before);
            instruction.OpMask = Register.K1 + _random.Next(7);
            instruction.ZeroingMasking = instruction.Op0Kind == OpKind.Register && code.ToOpCode().CanUseZeroingMasking && _random.Next(2) == 0;
            byte[] masked = Run(instruction, before);
            Assert.Equal(Blend(instruction, before, whole), masked);
        }
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Broadcast_RepeatsTheElement(string encoding)
    {
        var code = Enum.Parse<Code>(encoding);
        if (!code.ToOpCode().CanBroadcast) return;
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            Instruction instruction;
            do instruction = Samples.Create(code, _random)!.Value;
            while (!instruction.IsBroadcast);
            byte[] before = Fill();
            byte[] broadcast = Run(instruction, before);
            int element = instruction.MemorySize.GetSize(), at = (int)instruction.MemoryDisplacement64;
            byte[] repeated = [.. before];
            for (int i = 0; i < 64; i++) repeated[at + i] = before[at + (i % element)];
            instruction.IsBroadcast = false;
            byte[] full = Run(instruction, repeated);
            Assert.Equal(full[..StateBlock.Data], broadcast[..StateBlock.Data]);
        }
    }

    private byte[] Fill()
    {
        Samples.Fill(_block, _random);
        return _block.Span.ToArray();
    }

    private byte[] Run(in Instruction instruction, byte[] before)
    {
        before.CopyTo(_block.Span);
        new Machine().Allow("block", _block.Address, StateBlock.Bytes, writable: true).Run(Snippet.Around(instruction, wide: true), (ulong)_block.Address);
        return _block.Span.ToArray();
    }

    /// <summary>The result without a mask where the mask's bits are set, else zero or what was there.</summary>
    private static byte[] Blend(in Instruction instruction, byte[] before, byte[] whole)
    {
        var mnemonic = instruction.Mnemonic;
        bool memory = instruction.Op0Kind == OpKind.Memory;
        int element = Element(mnemonic.ToString());
        int at = memory ? (int)instruction.MemoryDisplacement64 : StateBlock.Vectors + (instruction.Op0Register.GetNumber() * StateBlock.VectorBytes);
        int bytes = memory ? instruction.MemorySize.GetSize() : instruction.Op0Register.GetSize();
        // Narrowing conversions fill half of the smallest register, a quarter for a factor of four; scalars have one element.
        int? factor = mnemonic switch { Mnemonic.Vcvtneps2bf16 or Mnemonic.Vpmovdw or Mnemonic.Vpmovwb => 2, Mnemonic.Vpmovdb => 4, _ => null };
        int governed = factor is { } f && !memory ? SourceBytes(instruction) / f : mnemonic.ToString().EndsWith("ss", StringComparison.Ordinal) && mnemonic != Mnemonic.Vbroadcastss ? element : bytes;
        byte[] expected = [.. whole];
        ulong mask = BitConverter.ToUInt64(before, StateBlock.Masks + (instruction.OpMask.GetNumber() * sizeof(ulong)));
        for (int i = 0; i < governed; i++)
            if ((mask >> i / element & 1) == 0) expected[at + i] = instruction.ZeroingMasking ? (byte)0 : before[at + i];
        return expected;
    }

    private static int SourceBytes(in Instruction instruction) => instruction.Op1Kind == OpKind.Register ? instruction.Op1Register.GetSize()
        : instruction.Code switch
        {
            Code.EVEX_Vcvtneps2bf16_xmm_k1z_xmmm128b32 => 16,
            Code.EVEX_Vcvtneps2bf16_xmm_k1z_ymmm256b32 => 32,
            _ => 64,
        };

    /// <summary>Bytes that a mask bit governs, from the manual's naming: the last type in the name, of unpacking the first.</summary>
    private static int Element(string mnemonic)
    {
        string name = mnemonic.ToLowerInvariant();
        if (Unpacking().Match(name) is { Success: true } unpacking) return Bytes(unpacking.Groups[1].Value);
        if (Numbered().Match(name) is { Success: true } numbered) return int.Parse(numbered.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) / 8;
        return name switch
        {
            "vcvtps2dq" or "vcvttps2dq" or "vmovshdup" or "vmovsldup" => 4,
            "vcvtneps2bf16" => 2,
            "vpdpbusds" or "vpdpwssds" => 4,
            _ when name.EndsWith("ps", StringComparison.Ordinal) || name.EndsWith("ss", StringComparison.Ordinal) => 4,
            _ when name.EndsWith("pd", StringComparison.Ordinal) || name == "vbroadcastsd" => 8,
            _ => Bytes(name[^1..]),
        };
    }

    private static int Bytes(string letter) => letter switch { "b" => 1, "w" => 2, "d" => 4, "q" => 8, _ => throw new ArgumentException(letter) };

    [GeneratedRegex("^vpunpck[lh]([bwdq])")]
    private static partial Regex Unpacking();

    [GeneratedRegex(@"(?:dqu|dqa|[fi])(8|16|32|64)(?:x\d)?$")]
    private static partial Regex Numbered();
}
