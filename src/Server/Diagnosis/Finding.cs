namespace Kdsl.Diagnosis;

/// <summary>What one check of <c>kdsl doctor</c> found.</summary>
/// <param name="Check">What was checked.</param>
/// <param name="Faults">What is wrong, each a sentence; none: all is well.</param>
/// <param name="Detail">What was seen.</param>
sealed record Finding(string Check, IReadOnlyList<string> Faults, string Detail)
{
    /// <summary>All is well.</summary>
    public static Finding Good(string check, string detail) => new(check, [], detail);

    /// <summary>Something is wrong.</summary>
    public static Finding Bad(string check, params IReadOnlyList<string> faults) => new(check, faults, "");
}
