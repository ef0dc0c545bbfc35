using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>One epoch over a stream: rows drawn at random from a buffer, where the next ones of the stream take their places.</summary>
/// <param name="stream">The rows.</param>
/// <param name="capacity">Rows in the buffer.</param>
/// <param name="seed">Of the draws.</param>
/// <param name="require">Throws where a chunk holds anything but rows to learn from.</param>
internal sealed class ShuffleBuffer(StreamedRows stream, long capacity, int seed, Action<Tensor> require) : IDisposable
{
    private readonly Random _random = new(seed);
    // Those that hold rows come first.
    private readonly long[] _slots = [.. Enumerable.Range(0, checked((int)capacity)).Select(slot => (long)slot)];
    private int _filled;
    private long _left = stream.Count;
    private IEnumerator<Tensor>? _pass;
    private Tensor? _rows;
    private Tensor? _chunk;
    private long _offset;

    /// <summary>Reads until the buffer is full.</summary>
    /// <param name="stop">Asked between chunks; ends the reading, which can go on later.</param>
    /// <returns>Whether it is full, or the epoch has no more rows.</returns>
    public bool Fill(Func<bool> stop)
    {
        while (_filled < _slots.Length && _left > 0)
        {
            if (stop())
            {
                return false;
            }

            _filled += Put(_slots.AsSpan(_filled));
        }

        return true;
    }

    /// <summary>Draws so many rows from the full buffer, each of them for the only time in this epoch.</summary>
    public Tensor Draw(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var other = _random.Next(i, _filled);
            (_slots[i], _slots[other]) = (_slots[other], _slots[i]);
        }

        using var scope = NewDisposeScope();
        var drawn = _rows!.index_select(0, tensor(_slots[..count]));
        var replaced = 0;
        while (replaced < count && _left > 0)
        {
            replaced += Put(_slots.AsSpan(replaced, count - replaced));
        }

        for (var i = count - 1; i >= replaced; i--)
        {
            _filled--;
            (_slots[i], _slots[_filled]) = (_slots[_filled], _slots[i]);
        }

        return drawn.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _pass?.Dispose();
        _chunk?.Dispose();
        _rows?.Dispose();
    }

    /// <summary>Puts the next rows into slots, as many as there are in the chunk at hand.</summary>
    private int Put(ReadOnlySpan<long> slots)
    {
        using var scope = NewDisposeScope();
        var chunk = Chunk();
        _rows ??= empty([_slots.Length, chunk.shape[1]], chunk.dtype).DetachFromDisposeScope();
        var number = Math.Min(Math.Min(slots.Length, chunk.shape[0] - _offset), _left);
        var rows = chunk.narrow(0, _offset, number).to(_rows.dtype, CPU);
        _rows.index_copy_(0, tensor(slots[..(int)number].ToArray()), rows);
        (_offset, _left) = (_offset + number, _left - number);
        return (int)number;
    }

    /// <summary>The chunk at hand, or the next one that has rows, of the next pass where this one has ended.</summary>
    private Tensor Chunk()
    {
        var isFresh = false;
        while (_chunk is null || _offset == _chunk.shape[0])
        {
            _chunk?.Dispose();
            _chunk = null;
            if (_pass?.MoveNext() == true)
            {
                require(_pass.Current);
                // It may be in the scope of one step, or be disposed by its maker, before all of its rows are taken.
                (_chunk, _offset) = (_pass.Current.detach().DetachFromDisposeScope(), 0);
                continue;
            }

            if (isFresh)
            {
                throw new InvalidOperationException($"Expected {stream.Count} rows from a pass over the stream, got none. Give a "
                    + $"sequence that can be enumerated again.");
            }

            _pass?.Dispose();
            (_pass, isFresh) = (stream.Pass.GetEnumerator(), true);
        }

        return _chunk;
    }
}
