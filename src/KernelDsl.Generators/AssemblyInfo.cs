using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Generators.Tests")]
