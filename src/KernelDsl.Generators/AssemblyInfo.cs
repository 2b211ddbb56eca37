using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Generators.Tests")]
[assembly: InternalsVisibleTo("MachineCode.Tests")]
