using BenchmarkDotNet.Running;
using KernelDsl.Bench;

// Single kernels under BenchmarkDotNet, with its statistics: dotnet run --project tests/Bench -c Release -- --filter '*Linear*'
// Shares of the machine's limits, and whole models: kdsl bench.
BenchmarkSwitcher.FromAssembly(typeof(KernelBenchmarks).Assembly).Run(args, RateColumn.Config);
