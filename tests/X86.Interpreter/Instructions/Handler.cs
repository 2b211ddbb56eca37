using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Executes one instruction.</summary>
internal delegate void Handler(Processor processor, in Instruction instruction);
