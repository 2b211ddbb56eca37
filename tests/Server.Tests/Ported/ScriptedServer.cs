using System.Text;
using KernelDsl.Testing;

namespace Kdsl.Tests.Ported;

/// <summary>A server whose model says what the test has told it to, started once for the tests of a class; they run one after the other.</summary>
public class ScriptedServer : IAsyncLifetime
{
    Func<string, string> _says = _ => "";

    /// <summary>What prompts end with.</summary>
    protected string Opening { get; init; } = "";

    internal RunningServer Http { get; private set; } = null!;

    /// <summary>The prompt of the last request.</summary>
    internal string Prompt => Text(Http.Engine.Requests[^1].Prompt.ToArray());

    public async Task InitializeAsync() =>
        Http = await RunningServer.StartAsync(new ScriptedEngine(request => new Script(ByteModel.Answer(_says(Text(request.Prompt.ToArray())))))
        {
            Limits = new(ContextLength: 32768, VocabularySize: 3072, SampledVocabularySize: 3072, MaxTopLogProbs: 20),
        }, opening: Opening);

    public async Task DisposeAsync() => await Http.DisposeAsync();

    /// <summary>From now on every answer is this.</summary>
    internal void Says(string answer) => _says = _ => answer;

    /// <summary>From now on answers depend on the prompt.</summary>
    internal void Says(Func<string, string> answer) => _says = answer;

    static string Text(int[] ids) => Encoding.UTF8.GetString([.. ids.Select(id => (byte)id)]);
}

/// <summary>The same of a model whose prompts open a thought.</summary>
public sealed class ThinkingServer : ScriptedServer
{
    public ThinkingServer() => Opening = "<think>\n";
}
