using MAFlow.Scoring.Models;

namespace MAFlow.MLNet.Scoring;

/// <summary>A model that several leases hold, in managed code, as tensors, or as both. Each of the two is made when it is first asked for,
/// and tensors alone need libtorch.</summary>
internal sealed class SharedModel
{
    private readonly Lock _lock = new();
    private readonly Lazy<RowScorer?> _scorer;
    private StoredModel? _stored;
    private TensorModel? _model;
    private int _holders = 1;

    /// <summary>A model of tensors, which is disposed with the last holder.</summary>
    public SharedModel(TensorModel model)
    {
        _model = model;
        _scorer = new(() => ManagedScorer.Of(model));
        (Dimension, ContextDimension) = (model.Dimension, model.ContextDimension);
    }

    /// <summary>A model that was read in managed code.</summary>
    public SharedModel(StoredModel stored)
    {
        _stored = stored;
        _scorer = new(stored.Scorer);
        (Dimension, ContextDimension) = (stored.Scorer.Dimension, stored.Scorer.ContextDimension);
    }

    /// <summary>Number of features N.</summary>
    public int Dimension { get; }

    /// <summary>Number of context features C; 0 where the density depends on no context.</summary>
    public int ContextDimension { get; }

    public RowScorer? Scorer => _scorer.Value;

    /// <summary>The tensors; null when the last holder has gone.</summary>
    /// <exception cref="TorchRuntimeException">They need libtorch, which is absent.</exception>
    public TensorModel? Model
    {
        get
        {
            lock (_lock)
            {
                if (_holders > 0 && _model is null)
                {
                    _model = _stored!.ToTensors();
                    _stored = null;
                }

                return _model;
            }
        }
    }

    /// <summary>Writes the model file.</summary>
    public void Save(Stream target)
    {
        StoredModel? stored;
        lock (_lock)
        {
            stored = _stored;
        }

        if (stored is not null)
        {
            target.Write(stored.Bytes);
            return;
        }

        using var scope = TorchSharp.torch.NewDisposeScope();
        _model!.Save(target);
    }

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

        _model?.Dispose();
    }
}
