using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>How long a fit may take, and whether anybody still waits for it.</summary>
/// <param name="Time">What all of fitting may take; null for as long as it needs.</param>
/// <param name="Cancellation">Ends the fit.</param>
internal readonly record struct FitLimits(TimeSpan? Time, CancellationToken Cancellation)
{
    // What a few cores do in a second of decompositions; a number and no measurement, so that equal options give equal fits.
    private const double OperationsPerSecond = 2e10;
    private const double ShareOfTime = 0.25;
    private const double SmallestBudget = 1e10;
    private const long WorthAThread = 800;

    /// <summary>Operations that preprocessing may take.</summary>
    public double Operations =>
        Time is { } time ? Math.Max(SmallestBudget, ShareOfTime * time.TotalSeconds * OperationsPerSecond) : double.PositiveInfinity;

    /// <summary>Operations of a symmetric decomposition, eigenvectors included.</summary>
    public static double OfDecomposition(double width) => 9 * width * width * width;

    /// <summary>Throws where nobody waits any more.</summary>
    public void Check() => Cancellation.ThrowIfCancellationRequested();

    /// <summary>Eigenvalues in ascending order and eigenvectors of a symmetric matrix.</summary>
    /// <remarks>Torch decomposes in one call of up to minutes: who is cancelled leaves it to its thread.</remarks>
    public (Tensor Values, Tensor Vectors) Decompose(Tensor matrix)
    {
        Check();
        if (!Cancellation.CanBeCanceled || matrix.shape[0] < WorthAThread)
        {
            return linalg.eigh(matrix);
        }

        var own = matrix.clone().DetachFromDisposeScope();
        var work = Task.Factory.StartNew(
            () =>
            {
                using var scope = NewDisposeScope();
                using var _ = own;
                var (values, vectors) = linalg.eigh(own);
                return (values.DetachFromDisposeScope(), vectors.DetachFromDisposeScope());
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            work.Wait(Cancellation);
        }
        catch (OperationCanceledException)
        {
            _ = work.ContinueWith(Forget, TaskScheduler.Default);
            throw;
        }
        catch (AggregateException)
        {
            // Rethrown below as it was thrown.
        }

        var (first, second) = work.GetAwaiter().GetResult();
        using (first)
        using (second)
        {
            return (first.alias(), second.alias());
        }
    }

    private static void Forget(Task<(Tensor Values, Tensor Vectors)> work)
    {
        if (work.IsCompletedSuccessfully)
        {
            work.Result.Values.Dispose();
            work.Result.Vectors.Dispose();
        }
    }
}
