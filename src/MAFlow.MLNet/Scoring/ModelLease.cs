using MAFlow.Scoring.Models;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Scoring;

/// <summary>One holder's share in a model. The native memory goes when the last holder has gone and no evaluation is under way.</summary>
/// <remarks>Transformers that differ in their threshold only share one model, and views outlive the statement that disposes a
/// transformer.</remarks>
internal sealed class ModelLease : IDisposable
{
    private readonly SharedModel _shared;
    private int _disposed;

    /// <summary>A model of tensors, which goes with the last holder.</summary>
    public ModelLease(TensorModel model)
        : this(new SharedModel(model))
    {
    }

    /// <summary>A model that was read in managed code.</summary>
    public ModelLease(StoredModel stored)
        : this(new SharedModel(stored))
    {
    }

    private ModelLease(SharedModel shared) => _shared = shared;

    /// <summary>The model as tensors, for as long as this lease is not disposed.</summary>
    /// <exception cref="TorchRuntimeException">The model was read without libtorch, and there is none.</exception>
    public TensorModel Model
    {
        get
        {
            ThrowIfDisposed();
            return _shared.Model ?? throw Disposed();
        }
    }

    /// <summary>Number of features N.</summary>
    public int Dimension
    {
        get
        {
            ThrowIfDisposed();
            return _shared.Dimension;
        }
    }

    /// <summary>Number of context features C; 0 where the density depends on no context.</summary>
    public int ContextDimension
    {
        get
        {
            ThrowIfDisposed();
            return _shared.ContextDimension;
        }
    }

    /// <summary>The same model in managed code, where one row has one result whatever its batch; null where it has a part that tensors
    /// alone can score, or lives on a GPU.</summary>
    public RowScorer? Scorer
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

    /// <summary>Writes the model file.</summary>
    public void Save(Stream target)
    {
        ThrowIfDisposed();
        _shared.Save(target);
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

    /// <summary>Reads a model without libtorch where it can be scored without.</summary>
    /// <param name="host">Says whether a GPU is wanted.</param>
    /// <param name="stream">Positioned at the first byte, with nothing behind the model.</param>
    /// <param name="isConditional">Whether it is to depend on a context.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    /// <exception cref="TorchRuntimeException">It needs libtorch, which is absent.</exception>
    public static ModelLease Read(IHost host, Stream stream, bool isConditional)
    {
        var length = stream.Length - stream.Position;
        if (MlNetInternals.WantsGpu(host))
        {
            return new(TensorModel.Load(stream, length, isConditional, MlNetInternals.Device(host)));
        }

        return StoredModel.TryRead(stream, length, isConditional, out var stored, out var reason)
            ? new(stored)
            : new(TensorModel.Load(stream, length, isConditional, StoredModel.TorchFor($"Scoring this model ({reason})")));
    }

    private ObjectDisposedException Disposed() => new(nameof(MongeAmpereFlowTransformer),
        "The transformer has been disposed, and the views made from it can be read no more: keep it until reading is over."
        + (ServesRowMappers
            ? " A PredictionEngine that was made from it disposes it along with itself: "
                + "pass PredictionEngineOptions with OwnsTransformer = false where the transformer is used further."
            : ""));
}
