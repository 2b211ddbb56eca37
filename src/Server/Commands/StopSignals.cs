using System.Runtime.InteropServices;

namespace Kdsl.Commands;

/// <summary>Ctrl-C and SIGTERM: the first asks to stop, the second to stop at once.</summary>
sealed class StopSignals : IDisposable
{
    readonly CancellationTokenSource _stop = new(), _now = new();
    readonly PosixSignalRegistration[] _registrations;

    /// <summary>Takes the signals over from the runtime.</summary>
    public StopSignals() => _registrations =
        [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Now => _now.Token;

    /// <summary>Completes at the first signal.</summary>
    public async Task WaitAsync() => await Task.Delay(Timeout.Infinite, Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
        _now.Dispose();
    }

    /// <summary>Asks as a signal would: to stop, or to stop at once.</summary>
    public void Ask(bool now)
    {
        _stop.Cancel();
        if (now)
            _now.Cancel();
    }

    void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        Ask(_stop.IsCancellationRequested);
    }
}
