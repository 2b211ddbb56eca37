namespace Kdsl.Configuration;

/// <summary>What was found while settings were read.</summary>
/// <param name="strict">Whether faults end the program; else they are warnings.</param>
sealed class Problems(bool strict)
{
    readonly List<string> _faults = [], _warnings = [], _notes = [];

    /// <summary>Whether faults end the program.</summary>
    public bool Strict => strict;

    /// <summary>What cannot be used; empty unless strict.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>What is better known.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>What is accepted without effect, and why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>What cannot be used as it is.</summary>
    /// <param name="message">Where, which value, what is allowed and why.</param>
    /// <param name="instead">What is done where one is not strict.</param>
    public void Fault(string message, string instead)
    {
        if (strict) _faults.Add(message);
        else _warnings.Add($"{message} {instead}");
    }

    /// <summary>What is better known.</summary>
    public void Warn(string message) => _warnings.Add(message);

    /// <summary>What is accepted without effect, and why.</summary>
    public void Note(string message) => _notes.Add(message);

    /// <summary>Ends the program where there are faults.</summary>
    /// <exception cref="ConfigurationException">There are.</exception>
    public void ThrowIfAny()
    {
        if (_faults.Count > 0) throw new ConfigurationException(_faults);
    }
}
