using Iced.Intel;

namespace KernelDsl.X86Interpreter;

/// <summary>Registers, flags and memory as an instruction sees them.</summary>
internal sealed unsafe class Processor
{
    /// <summary>Bytes below rsp that a leaf function may use.</summary>
    private const int RedZone = 128;

    private Decoded? _current;

    public Registers Registers { get; } = new();
    public Flags Flags { get; } = new();
    public MemoryMap Memory { get; } = new();

    /// <summary>Flags whose value the last instruction that wrote them left open.</summary>
    public RflagsBits UndefinedFlags { get; set; }

    /// <summary>The run's own stack, whose part below the red zone is out of bounds.</summary>
    public MemoryRange Stack { get; set; }

    /// <summary>Executes one instruction; rip already names the next one.</summary>
    public void Execute(Decoded decoded)
    {
        _current = decoded;
        if (decoded.Handler is null) throw Fault(FaultKind.UnknownInstruction, $"not interpreted: {decoded.Instruction.Mnemonic}, {decoded.Instruction.Code}");
        if ((decoded.FlagsRead & UndefinedFlags) is var open and not RflagsBits.None) throw Fault(FaultKind.UndefinedFlag, $"reads {open}, which the code left undefined");
        decoded.Handler(this, decoded.Instruction);
        UndefinedFlags = UndefinedFlags & ~decoded.FlagsDefined | decoded.FlagsUndefined;
    }

    /// <summary>An exception that names the instruction.</summary>
    public MachineFaultException Fault(FaultKind kind, string message)
    {
        if (_current is null) return new(kind, message);
        var text = new StringOutput();
        new IntelFormatter().Format(_current.Instruction, text);
        return new(kind, $"{text.ToStringAndReset()} (at 0x{_current.Instruction.IP:x}): {message}");
    }

    /// <summary>A pointer to checked memory.</summary>
    public byte* At(ulong address, int size, bool write)
    {
        if (!Memory.Allows(address, (ulong)size, write))
            throw Fault(FaultKind.OutOfRange, $"{(write ? "writes" : "reads")} {size} bytes at 0x{address:x}, {Memory.Locate(address, (ulong)size)}");
        ulong lowest = Registers.General(Register.RSP) - RedZone;
        if (Stack.Holds(address, (ulong)size) && address < lowest)
            throw Fault(FaultKind.OutOfRange, $"{(write ? "writes" : "reads")} {size} bytes on the stack at 0x{address:x}, {lowest - address} bytes below the red zone");
        return (byte*)address;
    }

    /// <summary>The memory operand's address.</summary>
    public ulong AddressOf(in Instruction instruction)
    {
        if (instruction.MemorySegment is not (Register.DS or Register.SS)) throw Fault(FaultKind.UnknownInstruction, $"segment {instruction.MemorySegment}");
        if (instruction.IsIPRelativeMemoryOperand) return instruction.IPRelativeMemoryAddress;
        ulong address = instruction.MemoryDisplacement64;
        if (instruction.MemoryBase != Register.None) address += AddressPart(instruction.MemoryBase);
        if (instruction.MemoryIndex != Register.None) address += AddressPart(instruction.MemoryIndex) * (ulong)instruction.MemoryIndexScale;
        return address;
    }

    /// <summary>Bytes of an operand.</summary>
    public static int SizeOf(in Instruction instruction, int operand) => instruction.GetOpKind(operand) switch
    {
        OpKind.Register => instruction.GetOpRegister(operand).GetSize(),
        OpKind.Memory => instruction.MemorySize.GetSize(),
        _ => sizeof(ulong),
    };

    /// <summary>A register, memory or immediate operand: zero-extended, immediates sign-extended.</summary>
    public ulong Read(in Instruction instruction, int operand) => instruction.GetOpKind(operand) switch
    {
        OpKind.Register => Registers.Read(instruction.GetOpRegister(operand)),
        OpKind.Memory => Load(AddressOf(instruction), instruction.MemorySize.GetSize()),
        OpKind.NearBranch64 => instruction.NearBranchTarget,
        _ => instruction.GetImmediate(operand),
    };

    public void Write(in Instruction instruction, int operand, ulong value)
    {
        if (instruction.GetOpKind(operand) == OpKind.Register) Registers.Write(instruction.GetOpRegister(operand), value);
        else Store(AddressOf(instruction), instruction.MemorySize.GetSize(), value);
    }

    public ulong Load(ulong address, int size)
    {
        ulong value = 0;
        Buffer.MemoryCopy(At(address, size, write: false), &value, sizeof(ulong), size);
        return value;
    }

    public void Store(ulong address, int size, ulong value) => Buffer.MemoryCopy(&value, At(address, size, write: true), size, size);

    private ulong AddressPart(Register register) => register.GetSize() == sizeof(ulong) ? Registers.General(register)
        : throw Fault(FaultKind.UnknownInstruction, "an address narrower than 64 bits");
}
