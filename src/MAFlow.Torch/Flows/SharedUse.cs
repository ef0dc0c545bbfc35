namespace MAFlow.Torch;

/// <summary>Lets native memory go when its owner has been disposed and no operation on it is under way, so that disposing during use is an error and not a crash.</summary>
/// <param name="owned">What is freed, in this order; null for nothing.</param>
internal sealed class SharedUse(params IReadOnlyList<IDisposable?> owned) : IDisposable
{
    private readonly Lock gate = new();
    private int users;
    private bool disposed;

    /// <summary>Begins an operation, which ends when the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The owner has been disposed.</exception>
    public Operation Begin(object owner)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, owner);
            users++;
        }

        return new(this);
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            if (users > 0)
            {
                return;
            }
        }

        Release();
    }

    private void End()
    {
        lock (gate)
        {
            if (--users > 0 || !disposed)
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
