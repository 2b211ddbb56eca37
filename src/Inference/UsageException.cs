namespace Kdsl;

/// <summary>A command that cannot do what its arguments ask: one line on stderr, exit code 2.</summary>
sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner);
