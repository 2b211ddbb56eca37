using System.Security.Cryptography;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>What every answer, and every event of a stream, repeats.</summary>
/// <param name="Id">Unique.</param>
/// <param name="Created">Unix seconds.</param>
readonly record struct ResponseHead(string Id, long Created, string Model)
{
    /// <summary>Answers to one request with one seed are the same as long as this is.</summary>
    public static readonly string Fingerprint = $"kdsl-{Versions.Product}";

    /// <summary>A head with a fresh id.</summary>
    public static ResponseHead New(string prefix, string model) => new(
        prefix + RandomNumberGenerator.GetHexString(24, lowercase: true), DateTimeOffset.UtcNow.ToUnixTimeSeconds(), model);

    /// <summary>The API's word for why a choice ended.</summary>
    public static string? Word(FinishReason? finish) => finish switch
    {
        null => null,
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        _ => throw new ArgumentOutOfRangeException(nameof(finish), finish, "A cancelled choice has no answer."),
    };
}
