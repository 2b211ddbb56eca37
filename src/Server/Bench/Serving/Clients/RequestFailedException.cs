namespace Kdsl.Bench.Serving.Clients;

/// <summary>A request that got no whole answer. The message is the reason, the same for all that fail alike: reasons are counted.</summary>
sealed class RequestFailedException(string message, Exception? inner = null) : Exception(message, inner);
