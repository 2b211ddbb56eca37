using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>What the machine does around the instructions: calls, checks of memory, and checks at the return.</summary>
public unsafe class MachineTests
{
    private static byte[] Code(Action<Assembler> write)
    {
        var c = new Assembler(64);
        write(c);
        return Snippet.Assemble(c);
    }

    private static MachineFaultException Fails(FaultKind kind, byte[] code, Machine? machine = null, params ulong[] arguments)
    {
        var fault = Assert.Throws<MachineFaultException>(() => (machine ?? new Machine()).Run(code, arguments));
        Assert.Equal(kind, fault.Kind);
        return fault;
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "offset 1, 1 bytes past the end of 'x'")]
    [InlineData(-1, "1 bytes before the start of 'x'")]
    [InlineData(33, "offset 33, 33 bytes past the end of 'x'")]
    public void Load_OutsideItsRange_IsReported(int offset, string? expected)
    {
        byte* memory = stackalloc byte[128];
        byte[] code = Code(static c =>
        {
            c.vmovups(ymm0, __ymmword_ptr[rdi]);
            c.vzeroupper();
            c.ret();
        });
        var machine = new Machine().Allow("x", memory + 32, 32, writable: false);
        ulong address = (ulong)(memory + 32 + offset);
        if (expected is null) machine.Run(code, address);
        else
        {
            string message = Fails(FaultKind.OutOfRange, code, machine, address).Message;
            Assert.Contains("vmovups ymm0,[rdi]", message, StringComparison.Ordinal);
            Assert.Contains("reads 32 bytes at 0x" + address.ToString("x", null), message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Store_PastItsRangeOrReadOnly_IsReported()
    {
        ulong* memory = stackalloc ulong[2];
        byte[] code = Code(static c =>
        {
            c.mov(__qword_ptr[rdi + 1], rsi);
            c.ret();
        });
        Assert.Contains("writes 8 bytes", Fails(FaultKind.OutOfRange, code, new Machine().Allow("y", memory, 8, writable: true), (ulong)memory, 1).Message, StringComparison.Ordinal);
        Assert.Contains("for reading only", Fails(FaultKind.OutOfRange, code, new Machine().Allow("y", memory, 16, writable: false), (ulong)memory, 1).Message, StringComparison.Ordinal);
        new Machine().Allow("y", memory, 9, writable: true).Run(code, (ulong)memory, 0x55);
        Assert.Equal(0x55, ((byte*)memory)[1]);
    }

    [Fact]
    public void MaskedOffElements_AreNotAccessed()
    {
        float* memory = stackalloc float[16];
        for (int i = 0; i < 16; i++) memory[i] = i;
        byte[] code = Code(static c =>
        {
            c.kmovw(k1, esi);
            c.vmovups(zmm1.k1.z, __zmmword_ptr[rdi]);
            c.vaddps(zmm1.k1, zmm1, __zmmword_ptr[rdi]);
            c.vmovups(__zmmword_ptr[rdi].k1, zmm1);
            c.vzeroupper();
            c.ret();
        });
        var machine = new Machine().Allow("tail", memory, 5 * sizeof(float), writable: true);
        machine.Run(code, (ulong)memory, 0b11111);
        Assert.Equal([0f, 2, 4, 6, 8, 5, 6, 7], new Span<float>(memory, 8).ToArray());
        Fails(FaultKind.OutOfRange, code, machine, (ulong)memory, 0b111111);
    }

    [Fact]
    public void Broadcast_ReadsOneElement()
    {
        float two = 2;
        byte[] code = Code(static c =>
        {
            c.PreferVex = false;
            c.vbroadcastss(zmm20, __dword_ptr[rdi]);
            c.vmulps(zmm20, zmm20, __dword_bcst[rdi]);
            c.vmovd(eax, xmm20);
            c.ret();
        });
        ulong bits = new Machine().Allow("two", &two, sizeof(float), writable: false).Run(code, (ulong)&two);
        Assert.Equal(4f, BitConverter.UInt32BitsToSingle((uint)bits));
    }

    [Fact]
    public void PreservedRegister_Clobbered_IsReported()
    {
        foreach (var register in (AssemblerRegister64[])[rbx, rbp, r12, r13, r14, r15])
        {
            byte[] code = Code(c =>
            {
                c.inc(register);
                c.ret();
            });
            Assert.Contains(((Register)register).ToString(), Fails(FaultKind.ClobberedRegister, code).Message, StringComparison.OrdinalIgnoreCase);
            new Machine().Run(Code(c =>
            {
                c.push(register);
                c.inc(register);
                c.pop(register);
                c.ret();
            }));
        }
    }

    [Fact]
    public void StackPointer_NotRestored_IsReported()
    {
        Fails(FaultKind.LeftCode, Code(static c =>
        {
            c.push(rax);
            c.ret();
        }));
        Fails(FaultKind.ClobberedRegister, Code(static c => c.ret(8)));
    }

    [Fact]
    public void Vzeroupper_Missing_IsReportedWhenUpperHalvesWereWritten()
    {
        Fails(FaultKind.MissingVzeroupper, Code(static c =>
        {
            c.vxorps(ymm1, ymm1, ymm1);
            c.ret();
        }));
        new Machine().Run(Code(static c =>
        {
            c.vxorps(xmm1, xmm1, xmm1);
            c.vpxord(zmm16, zmm16, zmm16);
            c.ret();
        }));
        new Machine { AllowsUpperInUse = true }.Run(Code(static c =>
        {
            c.vpxord(zmm1, zmm1, zmm1);
            c.ret();
        }));
    }

    [Fact]
    public void NarrowWrite_ClearsTheRegisterAbove()
    {
        var machine = new Machine();
        machine.Run(Code(static c =>
        {
            c.vpternlogd(zmm1, zmm1, zmm1, 0xFF);
            c.vmovaps(ymm2, ymm1);
            c.vmovaps(xmm3, xmm1);
            c.vpternlogd(zmm17, zmm17, zmm17, 0xFF);
            c.vzeroupper();
            c.ret();
        }));
        Assert.Equal([16, 16, 16, 64], ((int[])[1, 2, 3, 17]).Select(n => machine.Registers.Vector(n).ToArray().Count(static b => b == 0xFF)));
    }

    [Fact]
    public void Run_PassesArgumentsInRegistersOnTheStackAndAsFloats()
    {
        byte[] code = Code(static c =>
        {
            // Digits by place: an argument in the wrong register shows. rsp must be 8 below a multiple of 16.
            c.lea(rax, __[rdi + rsi * 2]);
            c.lea(rax, __[rax + rdx * 4]);
            c.lea(rax, __[rax + rcx * 8]);
            c.shl(r8, 4);
            c.add(rax, r8);
            c.shl(r9, 5);
            c.add(rax, r9);
            c.mov(rcx, __qword_ptr[rsp + 8]);
            c.shl(rcx, 6);
            c.add(rax, rcx);
            c.mov(rcx, __qword_ptr[rsp + 16]);
            c.shl(rcx, 7);
            c.add(rax, rcx);
            c.lea(rcx, __[rsp + 8]);
            c.and(ecx, 15);
            c.add(rax, rcx);
            c.vmulss(xmm0, xmm0, xmm1);
            c.ret();
        });
        var machine = new Machine { FloatArguments = [3, 5] };
        Assert.Equal(255ul, machine.Run(code, 1, 1, 1, 1, 1, 1, 1, 1));
        Assert.Equal(15f, BitConverter.ToSingle(machine.Registers.Vector(0)));
        Assert.Equal(18, machine.Steps);
    }

    [Fact]
    public void Stack_BelowTheRedZone_IsReported()
    {
        new Machine().Run(Code(static c =>
        {
            c.mov(__qword_ptr[rsp - 128], rax);
            c.ret();
        }));
        Assert.Contains("1 bytes below the red zone", Fails(FaultKind.OutOfRange, Code(static c =>
        {
            c.mov(__byte_ptr[rsp - 129], al);
            c.ret();
        })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constants_BehindTheCode_AreReadAndNotWritten()
    {
        static byte[] Constant(bool write) => Code(c =>
        {
            var constant = c.CreateLabel();
            if (write) c.mov(__qword_ptr[constant], rax);
            else c.mov(rax, __qword_ptr[constant]);
            c.ret();
            c.Label(ref constant);
            c.dq(0x1234_5678_9ABCul);
        });
        Assert.Equal(0x1234_5678_9ABCul, new Machine().Run(Constant(write: false)));
        Fails(FaultKind.OutOfRange, Constant(write: true));
    }

    [Fact]
    public void Loop_Sums()
    {
        long* numbers = stackalloc long[100];
        for (int i = 0; i < 100; i++) numbers[i] = i;
        byte[] code = Code(static c =>
        {
            var next = c.CreateLabel();
            c.xor(eax, eax);
            c.prefetcht0(__byte_ptr[rdi + 1024]);
            c.nop(9);
            c.Label(ref next);
            c.add(rax, __qword_ptr[rdi]);
            c.add(rdi, 8);
            c.dec(rsi);
            c.jne(next);
            c.ret();
        });
        Assert.Equal(4950ul, new Machine().Allow("numbers", numbers, 800, writable: false).Run(code, (ulong)numbers, 100));
    }

    [Fact]
    public void EndlessLoop_IsStopped() => Fails(FaultKind.StepLimit, [0xEB, 0xFE], new Machine { StepLimit = 1000 });

    [Fact]
    public void EndOfCode_IsReported() => Fails(FaultKind.LeftCode, Code(static c => c.nop()));

    [Fact]
    public void UnknownInstruction_IsNamed()
    {
        Assert.Contains("Cpuid", Fails(FaultKind.UnknownInstruction, Code(static c => c.cpuid())).Message, StringComparison.Ordinal);
        Assert.Contains("vaddps", Fails(FaultKind.UnknownInstruction, Code(static c => c.vaddps(zmm1, zmm2, zmm3.rz_sae))).Message, StringComparison.Ordinal);
        // Not an instruction in 64-bit code.
        Fails(FaultKind.UnknownInstruction, [0x06]);
    }

    [Fact]
    public void Feature_NotAllowed_IsReported()
    {
        byte[] code = Code(static c =>
        {
            c.vfmadd231ps(ymm0, ymm1, ymm2);
            c.vzeroupper();
            c.ret();
        });
        Assert.Contains("FMA", Fails(FaultKind.FeatureNotAllowed, code, new Machine { Features = new HashSet<CpuidFeature> { CpuidFeature.AVX, CpuidFeature.AVX2 } }).Message, StringComparison.Ordinal);
        new Machine { Features = new HashSet<CpuidFeature> { CpuidFeature.AVX, CpuidFeature.FMA } }.Run(code);
    }

    [Fact]
    public void UndefinedFlag_Read_IsReported()
    {
        Fails(FaultKind.UndefinedFlag, Code(static c =>
        {
            var next = c.CreateLabel();
            c.imul(rax, rdi);
            c.je(next);
            c.Label(ref next);
            c.ret();
        }));
        Fails(FaultKind.UndefinedFlag, Code(static c => c.sete(al)));
    }

    [Fact]
    public void AlignedLoad_OfAnUnalignedAddress_IsReported()
    {
        byte* memory = stackalloc byte[128];
        ulong aligned = (ulong)memory + 63 & ~63ul;
        byte[] code = Code(static c =>
        {
            c.vmovaps(ymm0, __ymmword_ptr[rdi]);
            c.vzeroupper();
            c.ret();
        });
        var machine = new Machine().Allow("x", memory, 128, writable: false);
        machine.Run(code, aligned);
        Fails(FaultKind.Misaligned, code, machine, aligned + 16);
    }
}
