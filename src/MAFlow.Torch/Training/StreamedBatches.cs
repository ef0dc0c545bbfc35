using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Batches of a stream. The order of an epoch is a seed, with which any place in it is found again by reading up to
/// there.</summary>
/// <param name="stream">The rows.</param>
/// <param name="batchSize">Rows of a batch.</param>
/// <param name="capacity">Rows of the shuffle buffer.</param>
/// <param name="require">Throws where a chunk holds anything but rows to learn from.</param>
internal sealed class StreamedBatches(StreamedRows stream, int batchSize, long capacity, Action<Tensor> require)
    : Minibatches(stream.Count, batchSize, zeros(1, int64))
{
    private readonly int _batchSize = batchSize;
    private ShuffleBuffer? _buffer;
    private long _seed;
    private long _next;

    public override Tensor RequireOrder(Tensor stored) => stored.item<long>() is >= 0 and < int.MaxValue
        ? stored
        : throw new FormatException("Expected the seed of an epoch in the checkpoint; the file is damaged, remove it to start afresh.");

    public override void Shuffle(Generator generator)
    {
        using var scope = NewDisposeScope();
        Order.copy_(randint(int.MaxValue, [1], dtype: int64, generator: generator));
    }

    public override void Seek(long position, Func<bool> stop, CancellationToken cancellation)
    {
        bool Stops()
        {
            cancellation.ThrowIfCancellationRequested();
            return stop();
        }

        var seed = Order.item<long>();
        if (_buffer is null || seed != _seed || position < _next)
        {
            Close();
            (_buffer, _seed, _next) = (new(stream, capacity, (int)seed, require), seed, 0);
        }

        try
        {
            for (var isFull = _buffer.Fill(Stops); isFull && _next < position && !Stops(); _next++)
            {
                _buffer.Draw(_batchSize).Dispose();
            }
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>Rows of a batch of this epoch, shape [batch size, N].</summary>
    /// <param name="position">Number of the batch, from 0.</param>
    public override Tensor At(long position)
    {
        Seek(position, static () => false, CancellationToken.None);
        try
        {
            _next++;
            return _buffer!.Draw(_batchSize);
        }
        catch
        {
            Close();
            throw;
        }
    }

    public override void Dispose()
    {
        Close();
        base.Dispose();
    }

    /// <summary>Ends the reading; what comes next begins anew.</summary>
    private void Close()
    {
        _buffer?.Dispose();
        _buffer = null;
    }
}
