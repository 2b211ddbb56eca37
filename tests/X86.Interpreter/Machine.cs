using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Iced.Intel;
using KernelDsl.X86Interpreter.Instructions;

namespace KernelDsl.X86Interpreter;

/// <summary>
/// Executes the bytes of an x86-64 function as a processor would, on this process's memory, and reports what a processor would let
/// pass: accesses outside the allowed ranges, clobbered registers, a missing vzeroupper or tilerelease, flags read that are undefined.
/// </summary>
public sealed unsafe class Machine
{
    private const int StackBytes = 64 << 10;
    private const int StackAlignment = 64;

    // Not an address that x86-64 can have: a jump to it is a return.
    private const ulong ReturnAddress = 0x5EA1_ED00_0000_0000;

    private static readonly Register[] _arguments = [Register.RDI, Register.RSI, Register.RDX, Register.RCX, Register.R8, Register.R9];
    private static readonly Register[] _preserved = [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15, Register.RSP];

    private readonly Processor _processor = new();

    /// <summary>The instructions that are interpreted.</summary>
    public static IReadOnlyCollection<Mnemonic> Interpreted => InstructionTable.Mnemonics;

    /// <summary>Instructions after which a run is given up.</summary>
    public long StepLimit { get; set; } = 50_000_000;

    /// <summary>The instruction sets that the code may use besides <see cref="Host.Baseline"/>; null allows all.</summary>
    public IReadOnlySet<CpuidFeature>? Features { get; set; }

    /// <summary>What is passed in xmm0 to xmm7.</summary>
    public IReadOnlyList<float> FloatArguments { get; set; } = [];

    /// <summary>Whether a function may return without vzeroupper although it used upper halves (one that returns a vector).</summary>
    public bool AllowsUpperInUse { get; set; }

    /// <summary>The registers as the last run left them.</summary>
    public Registers Registers => _processor.Registers;

    /// <summary>Instructions that the last run executed.</summary>
    public long Steps { get; private set; }

    /// <summary>The instruction sets above <see cref="Host.Baseline"/> that the last run used.</summary>
    public IReadOnlySet<CpuidFeature> UsedFeatures { get; private set; } = new HashSet<CpuidFeature>();

    /// <summary>Whether this host can execute what the last run did.</summary>
    public bool HostExecutes => NativeFunction.Works && UsedFeatures.IsSubsetOf(Host.Features);

    /// <summary>Allows the code to touch memory, which must stay in place during the runs.</summary>
    public Machine Allow(string name, void* start, long bytes, bool writable)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _processor.Memory.Add(new(name, (ulong)start, (ulong)bytes, writable));
        return this;
    }

    /// <summary>
    /// Calls the code as a function of the System V ABI: the first six arguments in registers, the rest on the stack. Registers other
    /// than those hold recognisable rubbish at entry.
    /// </summary>
    /// <returns>What the function left in rax.</returns>
    /// <exception cref="MachineFaultException">The code did what it must not.</exception>
    public ulong Run(ReadOnlySpan<byte> code, params ReadOnlySpan<ulong> arguments)
    {
        int ranges = _processor.Memory.Count;
        byte* stack = (byte*)NativeMemory.AlignedAlloc(StackBytes, StackAlignment);
        try
        {
            using var image = new CodeImage(code);
            _processor.Stack = new("stack", (ulong)stack, StackBytes, Writable: true);
            _processor.Memory.Add(_processor.Stack);
            _processor.Memory.Add(image.Range);
            Enter(image, arguments);
            ulong[] before = [.. _preserved.Select(r => Registers.General(r))];
            Execute(image);
            // The return has popped its address.
            before[^1] += sizeof(ulong);
            UsedFeatures = image.Features;
            Leave(before);
            return Registers.General(Register.RAX);
        }
        finally
        {
            _processor.Memory.Truncate(ranges);
            NativeMemory.AlignedFree(stack);
        }
    }

    private void Enter(CodeImage image, ReadOnlySpan<ulong> arguments)
    {
        Registers.Poison();
        _processor.UndefinedFlags = RflagsBits.CF | RflagsBits.ZF | RflagsBits.SF | RflagsBits.OF | RflagsBits.PF;
        for (int i = 0; i < Math.Min(arguments.Length, _arguments.Length); i++) Registers.General(_arguments[i]) = arguments[i];
        for (int i = 0; i < FloatArguments.Count; i++) BinaryPrimitives.WriteSingleLittleEndian(Registers.Vector(i), FloatArguments[i]);

        ReadOnlySpan<ulong> onStack = arguments[Math.Min(arguments.Length, _arguments.Length)..];
        // At the call rsp is a multiple of 16, and points to the first argument on the stack.
        ulong rsp = _processor.Stack.End - (ulong)onStack.Length * sizeof(ulong) & ~15ul;
        for (int i = 0; i < onStack.Length; i++) ((ulong*)rsp)[i] = onStack[i];
        rsp -= sizeof(ulong);
        *(ulong*)rsp = ReturnAddress;
        Registers.General(Register.RSP) = rsp;
        Registers.Rip = image.Start;
    }

    private void Execute(CodeImage image)
    {
        for (Steps = 0; Registers.Rip != ReturnAddress; Steps++)
        {
            if (Steps == StepLimit) throw _processor.Fault(FaultKind.StepLimit, $"still running after {Steps} instructions");
            Decoded next = image.At(Registers.Rip) ?? throw _processor.Fault(FaultKind.LeftCode, $"execution goes on at 0x{Registers.Rip:x}, outside the code");
            if (Features is { } allowed && !next.Features.All(allowed.Contains))
                throw _processor.Fault(FaultKind.FeatureNotAllowed, $"the next instruction, {next.Instruction.Mnemonic}, needs {string.Join(" and ", next.Features)}");
            Registers.Rip = next.Instruction.NextIP;
            _processor.Execute(next);
        }
    }

    private void Leave(ulong[] before)
    {
        for (int i = 0; i < _preserved.Length; i++)
        {
            ulong now = Registers.General(_preserved[i]);
            if (now != before[i]) throw _processor.Fault(FaultKind.ClobberedRegister, $"{_preserved[i]} was 0x{before[i]:x} at the call and is 0x{now:x} at the return");
        }
        if (Registers.UpperInUse && !AllowsUpperInUse)
            throw _processor.Fault(FaultKind.MissingVzeroupper, "the function wrote upper halves of vector registers and returned without vzeroupper");
        if (Registers.Tiles.Configured)
            throw _processor.Fault(FaultKind.MissingTilerelease, "the function configured tiles and returned without tilerelease");
    }
}
