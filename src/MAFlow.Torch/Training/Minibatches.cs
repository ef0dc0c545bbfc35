using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Shuffled batches of row numbers: a fresh permutation per epoch, the incomplete rest left out.</summary>
internal sealed class Minibatches : IDisposable
{
    private readonly long _rows;
    private readonly long _batchSize;

    public Minibatches(long rows, long batchSize)
    {
        (_rows, _batchSize) = (rows, batchSize);
        Order = TensorFactories.Arange(rows, int64).DetachFromDisposeScope();
    }

    /// <summary>Batches in an epoch.</summary>
    public long PerEpoch => _rows / _batchSize;

    /// <summary>This epoch's permutation, shape [rows].</summary>
    public Tensor Order { get; }

    /// <summary>Batches of this epoch that were already drawn.</summary>
    public long Position { get; set; }

    /// <summary>The same order, if it is one of these rows.</summary>
    /// <exception cref="FormatException">The numbers are no permutation.</exception>
    public Tensor RequireOrder(Tensor stored)
    {
        using var scope = NewDisposeScope();
        return stored.sort(0).Values.equal(TensorFactories.Arange(_rows, int64)).all().item<bool>()
            ? stored
            : throw new FormatException($"Expected a permutation of {_rows} rows in the checkpoint; the file is damaged, remove it to start afresh.");
    }

    /// <summary>Begins an epoch.</summary>
    public void Shuffle(Generator generator)
    {
        using var scope = NewDisposeScope();
        Order.copy_(randperm(_rows, dtype: int64, generator: generator));
        Position = 0;
    }

    /// <summary>Row numbers of the next batch, shape [batch size].</summary>
    public Tensor Next() => Order.narrow(0, _batchSize * Position++, _batchSize);

    public void Dispose() => Order.Dispose();
}
