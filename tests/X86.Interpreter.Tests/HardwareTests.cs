using Iced.Intel;
using Xunit.Abstractions;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>Every encoding that this host's processor executes, with random operands: all registers, flags and memory bit for bit.</summary>
public unsafe class HardwareTests(ITestOutputHelper output)
{
    private const int Repetitions = 60;

    // These move the stack pointer or the instruction pointer, or do nothing, or want tiles configured (TileTests).
    private static readonly HashSet<Mnemonic> _elsewhere =
    [
        Mnemonic.Push, Mnemonic.Pop, Mnemonic.Ret, Mnemonic.Jmp, Mnemonic.Endbr64, Mnemonic.Vzeroupper,
        Mnemonic.Ldtilecfg, Mnemonic.Sttilecfg, Mnemonic.Tilerelease, Mnemonic.Tilezero, Mnemonic.Tileloadd, Mnemonic.Tileloaddt1, Mnemonic.Tilestored, Mnemonic.Tdpbf16ps,
    ];

    public static TheoryData<string> Mnemonics => [.. Machine.Interpreted.Except(_elsewhere).Where(static m => !IsJump(m)).Select(static m => m.ToString()).Order()];

    [Theory]
    [MemberData(nameof(Mnemonics))]
    public void Interpreter_AgreesWithTheProcessor(string mnemonic)
    {
        var random = new Random(1);
        using var block = new StateBlock();
        var code = Samples.Codes[Enum.Parse<Mnemonic>(mnemonic)].Where(Executes).ToArray();
        if (code.Length == 0 || !Host.RunsAvx2)
        {
            output.WriteLine($"skipped: this host does not execute {mnemonic}");
            return;
        }
        int compared = code.Sum(c => Enumerable.Range(0, Repetitions).Count(_ => Compare(c, block, random)));
        output.WriteLine($"{compared} instructions of {code.Length} encodings compared");
        Assert.NotEqual(0, compared);
    }

    private static bool IsJump(Mnemonic mnemonic) => Samples.Codes[mnemonic].All(static c => c.IsJccShortOrNear());

    private static bool Executes(Code code)
    {
        var opcode = code.ToOpCode();
        Instruction instruction = default;
        instruction.Code = code;
        return opcode.Encoding is EncodingKind.Legacy or EncodingKind.VEX or EncodingKind.EVEX && instruction.CpuidFeatures.Except(Host.Baseline).All(Host.Features.Contains);
    }

    private static bool Compare(Code code, StateBlock block, Random random)
    {
        if (Samples.Create(code, random) is not { } instruction) return false;
        byte[] bytes = Snippet.Around(instruction, Host.RunsAvx512);
        Samples.Fill(block, random);
        byte[] before = block.Span.ToArray();
        using (var native = new NativeFunction(bytes)) native.Call((ulong)block.Address, 0);
        byte[] expected = block.Span.ToArray();
        before.CopyTo(block.Span);
        new Machine().Allow("block", block.Address, StateBlock.Bytes, writable: true).Run(bytes, (ulong)block.Address);
        int at = block.Span.CommonPrefixLength(expected);
        if (at < StateBlock.Bytes)
        {
            at &= ~3;
            Assert.Fail($"{code}: {instruction}: {StateBlock.Name(at)}: interpreted {Word(block.Span, at):x8}, processor {Word(expected, at):x8}, before {Word(before, at):x8}; {Inputs(instruction, before, at)}");
        }
        return true;
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BitConverter.ToUInt32(bytes[at..]);

    /// <summary>The lanes of the vector sources at the place of the difference.</summary>
    private static string Inputs(Instruction instruction, byte[] before, int at) => string.Join(", ", Enumerable.Range(0, instruction.OpCount)
        .Where(i => instruction.GetOpKind(i) == OpKind.Register && instruction.GetOpRegister(i).IsVectorRegister())
        .Select(i => instruction.GetOpRegister(i)).Select(r => $"{r} {Word(before, (r.GetNumber() * StateBlock.VectorBytes) + (at % StateBlock.VectorBytes)):x8}"));
}
