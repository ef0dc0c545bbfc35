using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Rows that are read anew for every epoch, because they are too many for memory.</summary>
/// <remarks>
/// An epoch takes the first <see cref="Count"/> rows in their order into a shuffle buffer, from which batches are drawn at random; each row
/// is drawn once. Rows are shuffled only as far as the buffer reaches: shuffle a sorted table once before training. Where a pass ends
/// early, the epoch goes on with the next.
/// Equal seeds give equal weights if each pass gives the same rows in the same order, also when training is interrupted and resumed: the
/// rows of the epoch so far are then read again.
/// </remarks>
public sealed class StreamedRows
{
    private const long MinRows = 16_384;
    private const long MinBatches = 64;
    private const long MaxNumbers = 64 << 20 >> 3;

    /// <summary>Creates a stream.</summary>
    /// <param name="pass">Chunks [rows, N] of rows in original units, a few hundred rows each; enumerated once an epoch. A chunk is
    /// read before the next is asked for, and is left to its maker. An iterator should look for cancellation itself, and must not hold a
    /// DisposeScope while it yields.</param>
    /// <param name="count">Number of rows of an epoch, as a rule all that a pass gives.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public StreamedRows(IEnumerable<Tensor> pass, long count)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (Pass, Count) = (pass, count);
    }

    /// <summary>Number of rows of an epoch.</summary>
    public long Count { get; }

    /// <summary>Number of rows in the shuffle buffer.</summary>
    /// <value>At least a batch; null (default): 64 batches or 16,384 rows, whichever is more, in at most 64 MiB.</value>
    public long? BufferRows { get; init; }

    internal IEnumerable<Tensor> Pass { get; }

    /// <summary>Rows that the buffer of a training holds.</summary>
    /// <exception cref="ArgumentException">The buffer, or an epoch, is smaller than a batch.</exception>
    internal long Capacity(int batchSize, long dimension)
    {
        if (Count < batchSize || BufferRows < batchSize)
        {
            throw new ArgumentException(
                $"Expected at least one batch of {batchSize} rows in an epoch and in the buffer of a stream, got "
                + $"{Math.Min(Count, BufferRows ?? Count)}; lower BatchSize or bring more rows.");
        }

        var usual = Math.Min(Math.Max(MinBatches * batchSize, MinRows), MaxNumbers / dimension);
        return Math.Min(BufferRows ?? Math.Max(usual, batchSize), Count);
    }
}
