using System.Text;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Tests.Ported;

/// <summary>What reached the engine, as text.</summary>
static class PromptText
{
    /// <summary>The prompt of a request to a model of bytes.</summary>
    public static string Of(GenerationRequest request) => Encoding.UTF8.GetString([.. request.Prompt.ToArray().Select(id => (byte)id)]);
}
