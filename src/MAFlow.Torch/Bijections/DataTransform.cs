using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted, invertible map between data and the coordinates of the flow, with its exact log-determinant.</summary>
/// <remarks>Works in float64 on the CPU: near the ends of the logit, float32 has lost most of its digits before the flow begins.</remarks>
public abstract class DataTransform : IDisposable
{
    private protected DataTransform(string kind) => Kind = kind;

    /// <summary>Name of this transform in flow files.</summary>
    public string Kind { get; }

    /// <summary>Maps data towards the flow.</summary>
    /// <param name="x">Points [B, N], float64.</param>
    /// <param name="noise">Source of dequantisation noise in training; null for the deterministic rule of scoring. Only dequantisation reads it.</param>
    public abstract TransformedPoints Forward(Tensor x, Generator? noise = null);

    /// <summary>Maps points of the flow back to data.</summary>
    /// <param name="y">Points [B, N], float64.</param>
    /// <returns>Shape [B, N].</returns>
    public abstract Tensor Inverse(Tensor y);

    /// <summary>Standard deviation of each input coordinate where this transform is linear, shape [N]; null where it is not.</summary>
    internal virtual Tensor? InputScale() => null;

    /// <summary>Rewrites directions on the input as directions on the output, w·x = w'·y + const; only for linear transforms.</summary>
    /// <param name="directions">Shape [h, N].</param>
    internal virtual Tensor PullBack(Tensor directions) => directions.alias();

    /// <summary>Number of features where the transform holds a number per feature; null where any number will do.</summary>
    internal virtual long? Dimension => null;

    /// <summary>What a flow file keeps of this transform.</summary>
    internal abstract StoredComponent Store();

    /// <summary>A sentence about anything unusual that fitting did, or null.</summary>
    public virtual string? Remark => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the tensors that the transform holds.</summary>
    /// <param name="disposing">Whether Dispose was called.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
