using Kdsl.Bench.Serving.Load;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>What answers requests: a server, or a model in this process.</summary>
interface ITarget : IAsyncDisposable
{
    /// <summary>Answers come token by token, so that the client can time them.</summary>
    bool Streams { get; }

    /// <summary>Sends a request and gives what comes to its trace until the answer has ended.</summary>
    /// <exception cref="RequestFailedException">There is no whole answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the server is told by the closed connection.</exception>
    Task AskAsync(BenchRequest request, RequestTrace trace, CancellationToken cancellation);
}
