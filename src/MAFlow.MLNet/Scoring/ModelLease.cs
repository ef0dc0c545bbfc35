namespace MAFlow.MLNet.Scoring;

/// <summary>One holder's share in a model. The native memory goes when the last holder has gone and no evaluation is under way.</summary>
/// <remarks>Transformers that differ in their threshold only share one model, and views outlive the statement that disposes a
/// transformer.</remarks>
internal sealed class ModelLease : IDisposable
{
    private readonly SharedModel _shared;
    private int _disposed;

    public ModelLease(DensityModel model)
        : this(new SharedModel(model))
    {
    }

    private ModelLease(SharedModel shared) => _shared = shared;

    /// <summary>The model, for as long as this lease is not disposed.</summary>
    public DensityModel Model
    {
        get
        {
            ThrowIfDisposed();
            return _shared.Model;
        }
    }

    /// <summary>The same model in managed code, where one row has one result whatever its batch; null where it has a part that tensors
    /// alone can score, or lives on a GPU.</summary>
    public DensityScorer? Scorer
    {
        get
        {
            ThrowIfDisposed();
            return _shared.Scorer;
        }
    }

    /// <summary>Whether row mappers were made with this lease, as a PredictionEngine does, which disposes the transformer along with
    /// itself.</summary>
    public bool ServesRowMappers { get; set; }

    /// <summary>Another lease of the same model. It also keeps the model alive while an evaluation is under way.</summary>
    public ModelLease Share()
    {
        ThrowIfDisposed();
        return _shared.TryAdd() ? new ModelLease(_shared) : throw Disposed();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _shared.Release();
        }
    }

    private void ThrowIfDisposed()
    {
        if (Volatile.Read(ref _disposed) != 0)
        {
            throw Disposed();
        }
    }

    private ObjectDisposedException Disposed() => new(nameof(MongeAmpereFlowTransformer),
        "The transformer has been disposed, and the views made from it can be read no more: keep it until reading is over."
        + (ServesRowMappers
            ? " A PredictionEngine that was made from it disposes it along with itself: "
                + "pass PredictionEngineOptions with OwnsTransformer = false where the transformer is used further."
            : ""));

    private sealed class SharedModel(DensityModel model)
    {
        private readonly Lock _lock = new();
        private readonly Lazy<DensityScorer?> _scorer = new(() => ManagedScorer.Of(model));
        private int _holders = 1;

        public DensityModel Model => model;

        public DensityScorer? Scorer => _scorer.Value;

        public bool TryAdd()
        {
            lock (_lock)
            {
                return _holders > 0 && ++_holders > 0;
            }
        }

        public void Release()
        {
            lock (_lock)
            {
                if (--_holders > 0)
                {
                    return;
                }
            }

            model.Dispose();
        }
    }
}
