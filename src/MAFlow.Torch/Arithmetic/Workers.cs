using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Independent pieces of work on the processors that torch's own threads leave free.</summary>
/// <remarks>
/// Torch splits one operation among its threads, which pays for large ones. Many small operations on separate rows are faster one thread
/// to a block of rows: after <c>torch.set_num_threads(1)</c> there are as many such threads as processors. What a piece computes does not
/// depend on how many there are.
/// </remarks>
internal static class Workers
{
    /// <summary>Threads that work at the same time, the caller's among them.</summary>
    public static int Count => Math.Max(1, Environment.ProcessorCount / Math.Max(1, get_num_threads()));

    /// <summary>Does pieces of work that need no tensors.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="work">Does the piece of a number; must not touch what other pieces write.</param>
    public static void ForEach(int count, Action<int> work) => ForEach(count, Count, work);

    /// <summary>The results of all pieces, in their order. Nothing is recorded for autograd.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="scope">Owns the results.</param>
    /// <param name="work">From the number of a piece to its tensors; must not touch what other pieces write.</param>
    public static IReadOnlyList<Tensor>[] Map(int count, DisposeScope scope, Func<int, IReadOnlyList<Tensor>> work) =>
        Map(count, Count, scope, work);

    internal static IReadOnlyList<Tensor>[] Map(int count, int threads, DisposeScope scope, Func<int, IReadOnlyList<Tensor>> work)
    {
        var results = new IReadOnlyList<Tensor>[count];
        try
        {
            ForEach(count, threads, piece => results[piece] = Alone(piece, work));
        }
        catch
        {
            Free(results);
            throw;
        }

        foreach (var tensor in results.SelectMany(tensors => tensors))
        {
            scope.Attach(tensor);
        }

        return results;
    }

    /// <summary>The same on a number of threads that the caller knows better.</summary>
    internal static void ForEach(int count, int threads, Action<int> work)
    {
        if (count == 1 || threads == 1)
        {
            for (var piece = 0; piece < count; piece++)
            {
                work(piece);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new() { MaxDegreeOfParallelism = threads }, work);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    // Modes and scopes belong to a thread.
    private static IReadOnlyList<Tensor> Alone(int piece, Func<int, IReadOnlyList<Tensor>> work)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return [.. work(piece).Select(tensor => tensor.DetachFromDisposeScope())];
    }

    private static void Free(IEnumerable<IReadOnlyList<Tensor>?> results)
    {
        foreach (var tensor in results.OfType<IReadOnlyList<Tensor>>().SelectMany(tensors => tensors))
        {
            tensor.Dispose();
        }
    }
}
