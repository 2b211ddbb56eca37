namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Bounds what speculation may cost (a conservative bandit, Wu et al. 2016): a step may be at risk of losing only what was saved before,
/// or a small share of all time spent. So estimates may be wrong without harm. In seconds.
/// </summary>
sealed class LossAccount
{
    const double Share = 0.02;

    // In plain steps: what a new engine may lose, and the most that is kept of past gains, which later requests did not earn.
    const double First = 1, Most = 4;

    double _balance;
    bool _opened;

    /// <summary>A step may lose so many seconds.</summary>
    public bool Allows(double loss) => loss <= _balance;

    /// <summary>Enters a step.</summary>
    /// <param name="plain">Seconds of a step without guesses.</param>
    /// <param name="worth">Seconds that the same tokens would have taken without guesses.</param>
    /// <param name="spent">Seconds they took.</param>
    public void Book(double plain, double worth, double spent)
    {
        if (!_opened)
            _balance = First * plain;
        _opened = true;
        _balance = Math.Min(_balance + Share * worth + worth - spent, Most * plain);
    }
}
