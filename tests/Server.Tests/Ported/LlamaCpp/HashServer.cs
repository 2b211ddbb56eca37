using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;
using Kdsl.Tests.Reliability;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The real engine with as many slots and as much memory as a case of llama.cpp's gives it, over a model without arithmetic that never ends by itself.</summary>
static class HashServer
{
    /// <summary>Starts it.</summary>
    /// <param name="change">The case's limits.</param>
    /// <param name="onStep">Sees every step.</param>
    public static Task<RunningServer> StartAsync(Func<ModelLimits, ModelLimits>? change = null, SchedulingOptions? scheduling = null, HashModel.StepHook? onStep = null) =>
        RunningServer.StartAsync(new Engine(new HashModel(change?.Invoke(LiveServer.Limits) ?? LiveServer.Limits) { OnStep = onStep }, scheduling: scheduling));
}
