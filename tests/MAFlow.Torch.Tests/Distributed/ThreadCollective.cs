using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Threads that take the place of processes. Sums are made in the order of the ranks, so that all get the same bits.</summary>
internal sealed class ThreadCollective : ICollective
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private readonly Shared _shared;

    private ThreadCollective(int rank, Shared shared) => (Rank, _shared) = (rank, shared);

    public int Rank { get; }

    public int Size => _shared.Parts.Length;

    public long Calls { get; private set; }

    public void Sum(Tensor values)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _shared.Parts[Rank] = values.detach().clone();
        Meet();
        var sum = _shared.Parts[0]!.clone();
        foreach (var part in _shared.Parts.Skip(1))
        {
            sum = sum.Add(part!);
        }

        Meet();
        values.detach().copy_(sum);
    }

    public double Sum(double value)
    {
        using var scope = NewDisposeScope();
        var told = tensor([value]);
        Sum(told);
        return told.item<double>();
    }

    public bool Any(bool value) => Sum(value ? 1.0 : 0.0) > 0;

    /// <summary>Runs one function per rank, each on a thread of its own.</summary>
    /// <returns>What each returned, or threw.</returns>
    public static (T? Result, Exception? Error)[] Run<T>(int size, Func<ThreadCollective, T> work)
    {
        using var barrier = new Barrier(size);
        var shared = new Shared(new Tensor?[size], barrier);
        var results = new (T?, Exception?)[size];
        var threads = Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            set_num_threads(1);
            try
            {
                results[rank] = (work(new(rank, shared)), null);
            }
            catch (Exception error)
            {
                results[rank] = (default, error);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return results;
    }

    private void Meet()
    {
        Calls++;
        if (!_shared.Barrier.SignalAndWait(_patience))
        {
            throw new TimeoutException("A rank did not come: the ranks took different ways.");
        }
    }

    private sealed record Shared(Tensor?[] Parts, Barrier Barrier);
}
