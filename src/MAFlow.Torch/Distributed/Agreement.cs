using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Distributed;

/// <summary>What processes that train together decide together: whether one of them failed, whether to stop, what time it is.</summary>
/// <remarks>
/// A process that threw or stopped by itself would leave the others waiting for it. So what may go wrong on one process alone is tried, and
/// before the next sum all settle: if one failed, each throws, that one its own exception. One process alone throws at once.
/// </remarks>
/// <param name="collective">The processes.</param>
/// <param name="cancellation">Of this process; that of any stops all.</param>
internal sealed class Agreement(ICollective collective, CancellationToken cancellation)
{
    private readonly bool _isShared = collective.Size > 1;
    private ExceptionDispatchInfo? _failure;
    private bool _isCancelled;

    public ICollective Collective => collective;

    /// <summary>Of this process.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Whether there are other processes.</summary>
    public bool IsShared => _isShared;

    /// <summary>Whether this process writes and reports.</summary>
    public bool IsFirst => collective.Rank == 0;

    /// <summary>What the clock of this process says, in seconds.</summary>
    public Func<double> Clock { get; set; } = () => 0;

    /// <summary>What the clock of process 0 says; when there are others, what it said when all settled last.</summary>
    public double Time
    {
        get => _isShared ? field : Clock();
        private set;
    }

    /// <summary>Does what may fail on this process alone; nothing, once something has.</summary>
    public void Try(Action<CancellationToken> work)
    {
        if (!_isShared)
        {
            work(cancellation);
            return;
        }

        try
        {
            if (_failure is null)
            {
                work(cancellation);
            }
        }
        catch (Exception error)
        {
            // Thrown again when all settle.
            _failure = ExceptionDispatchInfo.Capture(error);
        }
    }

    /// <summary>Lets all know what happened on each process.</summary>
    /// <param name="told">Is replaced by its sum over all processes on the way; float64 on the CPU, or null.</param>
    /// <exception cref="OperationCanceledException">Work was broken off on one of them.</exception>
    /// <exception cref="InvalidOperationException">Another one failed.</exception>
    public void Settle(Tensor? told = null)
    {
        if (!_isShared)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var own = _failure?.SourceException;
        var isBrokenOff = own is OperationCanceledException;
        var flags = tensor(
        [
            own is null || isBrokenOff ? 0.0 : 1.0, isBrokenOff ? 1.0 : 0.0, cancellation.IsCancellationRequested ? 1.0 : 0.0,
            IsFirst ? Clock() : 0.0,
        ]);
        var all = told is null ? flags : cat([flags, told]);
        collective.Sum(all);
        var agreed = all.narrow(0, 0, flags.shape[0]).data<double>().ToArray();
        told?.copy_(all.narrow(0, flags.shape[0], told.shape[0]));
        Time = agreed[3];
        var failure = _failure;
        _failure = null;
        failure?.Throw();
        if (agreed[0] > 0)
        {
            throw new InvalidOperationException(
                "Training was ended on this process because it failed on another one, whose own exception says why.");
        }

        if (agreed[1] > 0)
        {
            throw new OperationCanceledException("Training was cancelled on another process.");
        }

        _isCancelled = agreed[2] > 0;
    }

    /// <summary>Stops, if by now any process is to stop; when there are others, if it was known when all settled last.</summary>
    /// <exception cref="OperationCanceledException">It is.</exception>
    public void ThrowIfCancelled()
    {
        if (!_isShared)
        {
            cancellation.ThrowIfCancellationRequested();
        }
        else if (_isCancelled)
        {
            throw new OperationCanceledException("Training was cancelled on one of its processes.", cancellation);
        }
    }

    /// <summary>Does this process's part of the work, and settles.</summary>
    /// <param name="work">May fail on this process alone.</param>
    /// <param name="told">What it fills in its part of, filled in for all afterwards; or null.</param>
    public void Together(Action<CancellationToken> work, Tensor? told = null)
    {
        Try(work);
        Settle(told);
    }
}
