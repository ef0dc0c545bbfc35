using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Shuffled batches of row numbers: a fresh permutation per epoch, the incomplete rest left out.</summary>
internal class Minibatches : IDisposable
{
    private readonly long _rows;
    private readonly long _batchSize;

    public Minibatches(long rows, long batchSize)
        : this(rows, batchSize, TensorFactories.Arange(rows, int64))
    {
    }

    protected Minibatches(long rows, long batchSize, Tensor order) =>
        (_rows, _batchSize, Order) = (rows, batchSize, order.DetachFromDisposeScope());

    /// <summary>Batches in an epoch.</summary>
    public long PerEpoch => _rows / _batchSize;

    /// <summary>This epoch's permutation, shape [rows]; of a stream the seed of its draws, shape [1].</summary>
    public Tensor Order { get; }

    /// <summary>The same order, if it is one of these rows.</summary>
    /// <exception cref="FormatException">The numbers are no permutation.</exception>
    public virtual Tensor RequireOrder(Tensor stored)
    {
        using var scope = NewDisposeScope();
        return stored.sort(0).Values.equal(TensorFactories.Arange(_rows, int64)).all().item<bool>()
            ? stored
            : throw new FormatException($"Expected a permutation of {_rows} rows in the checkpoint; the file is damaged, remove it "
                + $"to start afresh.");
    }

    /// <summary>Begins an epoch.</summary>
    public virtual void Shuffle(Generator generator)
    {
        using var scope = NewDisposeScope();
        Order.copy_(randperm(_rows, dtype: int64, generator: generator));
    }

    /// <summary>Does what takes long before a batch can be had: rows of a stream have to be read.</summary>
    /// <param name="position">Number of the batch.</param>
    /// <param name="stop">Ends it early.</param>
    /// <param name="cancellation">Ends it with an exception.</param>
    public virtual void Seek(long position, Func<bool> stop, CancellationToken cancellation)
    {
    }

    /// <summary>Row numbers of a batch of this epoch, shape [batch size].</summary>
    /// <param name="position">Number of the batch, from 0.</param>
    public virtual Tensor At(long position) => Order.narrow(0, _batchSize * position, _batchSize);

    public virtual void Dispose() => Order.Dispose();
}
