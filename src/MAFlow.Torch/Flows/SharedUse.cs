namespace MAFlow.Torch.Flows;

/// <summary>Lets native memory go when its owner has been disposed and no operation on it is under way, so that disposing during use is an
/// error and not a crash.</summary>
/// <param name="owned">What is freed, in this order; null for nothing.</param>
internal sealed class SharedUse(params IReadOnlyList<IDisposable?> owned) : IDisposable
{
    private readonly Lock _gate = new();
    private int _users;
    private bool _disposed;

    /// <summary>Begins an operation, which ends when the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The owner has been disposed.</exception>
    public Operation Begin(object owner)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, owner);
            _users++;
        }

        return new(this);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (_users > 0)
            {
                return;
            }
        }

        Release();
    }

    private void End()
    {
        lock (_gate)
        {
            if (--_users > 0 || !_disposed)
            {
                return;
            }
        }

        Release();
    }

    private void Release()
    {
        foreach (var item in owned)
        {
            item?.Dispose();
        }
    }

    /// <summary>One operation under way.</summary>
    internal readonly ref struct Operation(SharedUse owner)
    {
        public void Dispose() => owner.End();
    }
}
